import { awsError } from '../kernel/error.ts';

export interface Page<Item> {
  items: Item[];
  nextToken?: string;
}

/** One page of a list. The token names where the next page begins; nobody else's token is understood. */
export function page<Item>(all: readonly Item[], nextToken: string | undefined, size = 100): Page<Item> {
  const start = nextToken === undefined ? 0 : startOf(nextToken, all.length);
  const items = all.slice(start, start + size);
  const end = start + items.length;
  return end < all.length
    ? { items, nextToken: Buffer.from(`codedeploy:${end}`).toString('base64url') }
    : { items };
}

function startOf(nextToken: string, length: number): number {
  const start = Number(/^codedeploy:(\d+)$/.exec(Buffer.from(nextToken, 'base64url').toString())?.[1]);
  if (!Number.isInteger(start) || start > length) {
    throw awsError('InvalidNextTokenException', 'The next token was specified in an invalid format.');
  }
  return start;
}
