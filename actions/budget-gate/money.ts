import { isExact, type Range } from './range.ts';

/** `$1,234.50`; what is less than a cent but not nothing is `<$0.01`. */
export function money(usd: number): string {
  if (usd !== 0 && Math.abs(usd) < 0.005) return usd < 0 ? '>-$0.01' : '<$0.01';
  // Not toLocaleString: it would load Intl's data for thousands separators, which takes longer than the pricing.
  const text = Math.abs(usd)
    .toFixed(2)
    .replace(/\B(?=(\d{3})+\.)/g, ',');
  return `${usd < 0 ? '-' : ''}$${text}`;
}

/** `+$1.20`, `-$3.00`, `±$0.00`. */
export function signedMoney(usd: number): string {
  if (Math.abs(usd) < 0.005) return '±$0.00';
  return `${usd > 0 ? '+' : ''}${money(usd)}`;
}

/** `$85.50 (80.10 – 104.20)`. */
export function moneyRange(range: Range): string {
  return isExact(range)
    ? money(range.expected)
    : `${money(range.expected)} (${range.low.toFixed(2)} – ${range.high.toFixed(2)})`;
}

/** Sums are of binary numbers: a cent's hundred-thousandth is no difference. */
export const EPSILON = 1e-7;
