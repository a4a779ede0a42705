import { awsError } from '../kernel/error.ts';

/** One page of a Describe operation: `PageSize` at most, from `Marker` on. */
export function page<Item>(
  items: readonly Item[],
  { Marker, PageSize }: { Marker?: string | undefined; PageSize?: number | undefined },
  most = 400,
): { items: Item[]; marker: { NextMarker?: string } } {
  const size = PageSize ?? most;
  if (size < 1 || size > most) {
    throw awsError(
      'ValidationError',
      `1 validation error detected: Value '${size}' at 'pageSize' failed to satisfy constraint: ` +
        `Member must have value between 1 and ${most}`,
    );
  }
  const start = Marker === undefined ? 0 : Number(Buffer.from(Marker, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) {
    throw awsError('ValidationError', `The marker '${Marker}' is invalid`);
  }
  const end = start + size;
  const marker = end < items.length ? { NextMarker: Buffer.from(String(end)).toString('base64url') } : {};
  return { items: items.slice(start, end), marker };
}
