export interface Allowance {
  allowed: boolean;
  limit: number;
  remaining: number;
}

/** Counts requests per client in windows of a minute. */
export function createRateLimit(limit: number): (client: string, now: number) => Allowance {
  let window = 0;
  let counts = new Map<string, number>();
  return (client, now) => {
    const minute = Math.floor(now / 60_000);
    if (minute !== window) {
      window = minute;
      counts = new Map();
    }
    const count = (counts.get(client) ?? 0) + 1;
    counts.set(client, count);
    return { allowed: count <= limit, limit, remaining: Math.max(0, limit - count) };
  };
}
