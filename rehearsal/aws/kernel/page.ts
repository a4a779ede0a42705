import { awsError } from './error.ts';

export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  nextToken?: string;
}

/**
 * One page of a list, as `NextToken` operations answer it.
 * @param invalidToken the error code for a token that was not issued here.
 */
export function pageOf<Item>(
  items: readonly Item[],
  options: { token: string | undefined; size: number; invalidToken: string },
): Page<Item> {
  const start = options.token === undefined ? 0 : offsetOf(options.token, options.invalidToken);
  const end = start + options.size;
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { nextToken: Buffer.from(`page:${end}`).toString('base64') } : {}),
  };
}

function offsetOf(token: string, invalidToken: string): number {
  const [, offset] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  if (offset === undefined) throw awsError(invalidToken, 'The specified nextToken is invalid.');
  return Number(offset);
}
