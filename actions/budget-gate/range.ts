/** An estimate in three cases. What is certain has the same number in all three. */
export interface Range {
  low: number;
  expected: number;
  high: number;
}

export const CASES = ['low', 'expected', 'high'] as const;
export type Case = (typeof CASES)[number];

export const ZERO: Range = { low: 0, expected: 0, high: 0 };

export function exactly(number: number): Range {
  return { low: number, expected: number, high: number };
}

/** Computes each of the three cases. */
export function eachCase(compute: (which: Case) => number): Range {
  return { low: compute('low'), expected: compute('expected'), high: compute('high') };
}

export function times(left: Range, right: Range | number): Range {
  return eachCase((which) => left[which] * (typeof right === 'number' ? right : right[which]));
}

export function plus(left: Range, right: Range): Range {
  return eachCase((which) => left[which] + right[which]);
}

export function minus(left: Range, right: Range): Range {
  return eachCase((which) => left[which] - right[which]);
}

/** The sum does not depend on the order of its parts: they are added from small to large. */
export function sum(ranges: readonly Range[]): Range {
  return eachCase((which) =>
    ranges
      .map((range) => range[which])
      .sort((left, right) => left - right)
      .reduce((total, part) => total + part, 0),
  );
}

export function isExact(range: Range): boolean {
  return range.low === range.expected && range.expected === range.high;
}
