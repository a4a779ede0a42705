import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';

const MOST = 400;

/** One page of a Describe operation: `PageSize` at most, from `Marker` on. */
export function page<Item>(
  items: readonly Item[],
  { Marker, PageSize = MOST }: { Marker?: string | undefined; PageSize?: number | undefined },
): { items: Item[]; marker: { NextMarker?: string } } {
  if (PageSize < 1 || PageSize > MOST) {
    throw awsError(
      'ValidationError',
      `1 validation error detected: Value '${PageSize}' at 'pageSize' failed to satisfy constraint: ` +
        `Member must have value between 1 and ${MOST}`,
    );
  }
  const chosen = pageOf(items, { token: Marker, size: PageSize, invalidToken: 'ValidationError' });
  const marker = chosen.nextToken === undefined ? {} : { NextMarker: chosen.nextToken };
  return { items: chosen.items, marker };
}
