import { type Page, pageOf } from '../kernel/page.ts';

/** One page of a list, of at most 100 items as CodeDeploy's lists have them. */
export function page<Item>(items: readonly Item[], token: string | undefined): Page<Item> {
  return pageOf(items, { token, size: 100, invalidToken: 'InvalidNextTokenException' });
}
