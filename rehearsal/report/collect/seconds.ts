/** Moments are milliseconds since 1970; the report counts in seconds from its origin. */
export function secondsSince(origin: number, moment: number): number {
  return Math.round(moment - origin) / 1000;
}
