const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `1.5s`, `10m`, `1h`, `14d`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

export const DURATION_SENTENCE = 'must be a duration such as 250ms, 10s, 5m, 1h or 14d';

/** Milliseconds of a duration that matches DURATION. */
export function milliseconds(duration: string): number {
  const [, amount = '', unit = ''] = DURATION.exec(duration) ?? [];
  return Number(amount) * (UNITS[unit] ?? Number.NaN);
}
