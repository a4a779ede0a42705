import { z } from 'zod';
import { FaultsError } from '../common/fault.ts';
import { eachCase, exactly, type Range } from './range.ts';

const price = z.strictObject({
  usd: z.number().positive('must be more than 0: an unknown price is left out, never $0').optional(),
  /** Spot moves: what it cost lately, in three cases. */
  range: z
    .strictObject({
      low: z.number().positive(),
      expected: z.number().positive(),
      high: z.number().positive(),
    })
    .optional(),
  unit: z.string().min(1),
  /** Service code and attributes that select exactly one SKU of the Price List. */
  service: z.string().optional(),
  attributes: z.record(z.string(), z.string()).optional(),
  /** Where prices that are not in the Price List come from. */
  feed: z.url().optional(),
  /** The always-free part a month, in the unit, for the account. */
  free: z.number().positive().optional(),
  asOf: z.iso.date(),
  source: z.string().min(1),
  /** A: read from the source; B: from an older copy; C: derived, not verified. */
  confidence: z.enum(['A', 'B', 'C']),
});

const schema = z.strictObject({
  region: z.string().min(1),
  currency: z.literal('USD'),
  prices: z.record(
    z.string(),
    price.refine(({ usd, range }) => (usd === undefined) !== (range === undefined), 'must have usd or range'),
  ),
});

export type Price = z.infer<typeof price>;
export type PriceBook = z.infer<typeof schema>;

/** @throws FaultsError naming the file and each entry at fault. */
export function parsePriceBook(document: unknown, file: string): PriceBook {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FaultsError(
    parsed.error.issues.map(({ path, message }) => ({
      subject: `price book ${file} at ${path.map(String).join(' › ')}`,
      message,
      remedy: 'Refresh it: npm run prices',
    })),
  );
}

/** CloudFront and Route 53 are sold from us-east-1, wherever the stack is. */
export const GLOBAL = /^(cloudfront|r53|ce)\./;
const GLOBAL_REGION = 'us-east-1';

/** The price of a key in a region; undefined when no book has it. */
export function findPrice(books: readonly PriceBook[], region: string, key: string): Price | undefined {
  const wanted = GLOBAL.test(key) ? GLOBAL_REGION : region;
  return books.find((book) => book.region === wanted)?.prices[key];
}

export function unitPrice(entry: Price): Range {
  return entry.range ?? exactly(entry.usd ?? 0);
}

/** How old a price may be, in days: list prices move rarely, Spot every month. */
const STALE_DAYS = { list: { warn: 90, fail: 180 }, spot: { warn: 60, fail: 120 } } as const;

export interface Staleness {
  key: string;
  region: string;
  days: number;
  severity: 'warn' | 'fail';
  limit: number;
}

/** The prices among `keys` that are older than they may be. */
export function stalePrices(
  books: readonly PriceBook[],
  used: Iterable<{ region: string; key: string }>,
  now: Date,
): Staleness[] {
  return [...used].flatMap(({ region, key }): Staleness[] => {
    const entry = findPrice(books, region, key);
    if (!entry) return [];
    const days = Math.floor((now.getTime() - Date.parse(`${entry.asOf}T00:00:00Z`)) / 86_400_000);
    const limits = entry.range ? STALE_DAYS.spot : STALE_DAYS.list;
    if (days <= limits.warn) return [];
    const severity = days > limits.fail ? 'fail' : 'warn';
    return [{ key, region, days, severity, limit: limits[severity] }];
  });
}

/** The books with the Spot prices that the account really paid. */
export function calibrated(
  books: readonly PriceBook[],
  region: string,
  paid: ReadonlyMap<string, number>,
): PriceBook[] {
  return books.map((book) => {
    if (book.region !== region) return book;
    const entries = Object.entries(book.prices).map(([key, entry]): [string, Price] => {
      const rate = paid.get(key);
      if (rate === undefined || !entry.range) return [key, entry];
      const { range } = entry;
      const spread = eachCase((which) => {
        if (which === 'expected') return rate;
        return which === 'low' ? Math.min(range.low, rate) : Math.max(range.high, rate);
      });
      return [key, { ...entry, range: spread, source: 'Cost Explorer: the rate that was paid' }];
    });
    return { ...book, prices: Object.fromEntries(entries) };
  });
}
