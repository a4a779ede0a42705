import book from '../../actions/budget-gate/prices/us-east-1.json' with { type: 'json' };

/** Hours of a month, as AWS's calculator counts them. */
export const HOURS = 730;

interface Price {
  usd?: number;
  range?: { expected: number };
  /** The always-free part a month, for the account. */
  free?: number;
}

const prices: Readonly<Record<string, Price>> = book.prices;

/**
 * What a unit costs, of the budget gate's price book, which is the project's only one. USD; Spot as expected.
 * @throws RangeError naming a key that has no price: what is unknown must not count as free.
 */
export function unitPrice(key: string): { usd: number; free: number } {
  const price = prices[key];
  const usd = price?.usd ?? price?.range?.expected;
  if (usd === undefined) {
    const similar = Object.keys(prices).filter((known) => known.split('.')[0] === key.split('.')[0]);
    throw new RangeError(`the price book has no ${key}; it has ${similar.join(', ') || 'nothing like it'}`);
  }
  return { usd, free: price?.free ?? 0 };
}
