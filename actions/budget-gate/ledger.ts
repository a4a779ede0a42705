import { CASES, type Case, type Range, ZERO } from './range.ts';

/** What may be covered by the account's free tier: an allowance by its price key. */
export interface Claim {
  /** Claims are served in the order of their ids, so that the order of resources does not matter. */
  id: string;
  price: string;
  quantity: Range;
}

/**
 * Draws the always-free tier of one account down once, across all environments and regions: each claim
 * gets what is left of its allowance. Returned: what is free of each claim, by id.
 */
export function drawDown(
  claims: readonly Claim[],
  allowanceOf: (price: string) => number,
): Map<string, Range> {
  const left = new Map<string, Range>();
  const free = new Map<string, Range>();
  const ordered = [...claims].sort((one, other) => (one.id < other.id ? -1 : 1));
  for (const { id, price, quantity } of ordered) {
    const allowance = allowanceOf(price);
    if (!(allowance > 0)) {
      free.set(id, ZERO);
      continue;
    }
    const rest = left.get(price) ?? { low: allowance, expected: allowance, high: allowance };
    const taken = { ...ZERO };
    const after = { ...rest };
    for (const which of CASES) {
      taken[which] = draw(quantity, rest, which);
      after[which] = rest[which] - taken[which];
    }
    left.set(price, after);
    free.set(id, taken);
  }
  return free;
}

function draw(quantity: Range, rest: Range, which: Case): number {
  return Math.max(0, Math.min(quantity[which], rest[which]));
}
