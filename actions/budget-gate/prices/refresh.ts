/**
 * `npm run prices`: writes the price book of a region from the AWS Price List API and the feed of Fargate Spot.
 * Needs AWS credentials with pricing:GetProducts. Writes nothing when any price is in doubt.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PricingClient } from '@aws-sdk/client-pricing';
import { type Fault, FaultsError } from '../../common/fault.ts';
import { GLOBAL, type Price, type PriceBook, parsePriceBook } from '../price-book.ts';
import { PRICED_REGIONS } from '../region.ts';
import { askPriceList, spotPrices } from './price-list.ts';

/** How far around the price that was seen Spot is taken to move until the next look. */
const SPOT_SPREAD = { low: 0.9, high: 1.25 };
/** Requests at a time: the API answers ten a second. */
const AT_ONCE = 4;

const { values: options } = parseArgs({
  options: {
    region: { type: 'string', default: 'us-east-1' },
    output: { type: 'string' },
    'spot-feed': { type: 'string' },
  },
});

async function main(): Promise<void> {
  const { region } = options;
  if (!PRICED_REGIONS.includes(region)) {
    throw new FaultsError([
      {
        subject: '--region',
        message: `the usage types of ${region} are not known`,
        remedy: `Known: ${PRICED_REGIONS.join(', ')}`,
      },
    ]);
  }
  const model = bookFile('us-east-1');
  const book = parsePriceBook(JSON.parse(readFileSync(model, 'utf8')), model);
  const today = new Date().toISOString().slice(0, 10);
  const asked = Object.entries(book.prices).filter(([key]) => region === book.region || !GLOBAL.test(key));
  const faults: Fault[] = [];
  const listed = await refreshListed(region, today, asked, faults);
  const spot = await refreshSpot(region, today, asked, faults);
  if (faults.length > 0) throw new FaultsError(faults);
  const kept = asked.filter(([key]) => region === book.region && !listed.has(key) && !spot.has(key));
  const prices = Object.fromEntries(
    [...kept, ...listed, ...spot].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  write({ region, currency: 'USD', prices }, book);
  console.log(
    `${listed.size} prices and ${spot.size} of Spot are of today; ${kept.length} that the Price List does not have were kept.`,
  );
}

function bookFile(region: string): string {
  return fileURLToPath(new URL(`${region}.json`, import.meta.url));
}

function write(book: PriceBook, former: PriceBook): void {
  const file = options.output ?? bookFile(book.region);
  writeFileSync(file, `${JSON.stringify(book, null, 2)}\n`);
  for (const [key, { usd }] of Object.entries(book.prices)) {
    const was = former.prices[key]?.usd;
    if (was !== usd && was !== undefined) console.log(`${key}: $${was} → $${usd}`);
  }
}

async function refreshListed(
  region: string,
  today: string,
  asked: readonly [string, Price][],
  faults: Fault[],
): Promise<Map<string, Price>> {
  const client = new PricingClient({ region: 'us-east-1' });
  const queue = asked.filter(([, price]) => price.service !== undefined && price.attributes !== undefined);
  const found = new Map<string, Price>();
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [key, price] = next;
      const answer = await askPriceList(client, region, key, price);
      if ('fault' in answer) faults.push(answer.fault);
      else
        found.set(key, {
          ...price,
          usd: answer.usd,
          asOf: today,
          source: 'AWS Price List API',
          confidence: 'A',
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function refreshSpot(
  region: string,
  today: string,
  asked: readonly [string, Price][],
  faults: Fault[],
): Promise<Map<string, Price>> {
  const entries = asked.filter(([, { feed }]) => feed !== undefined);
  const url = options['spot-feed'] ?? entries[0]?.[1].feed;
  if (url === undefined) return new Map();
  const response = await fetch(url);
  const seen = spotPrices(await response.json(), region);
  return new Map(
    entries.flatMap(([key, price]): [string, Price][] => {
      const usd = seen.get(key);
      if (usd === undefined) {
        faults.push({
          subject: `price ${key} of ${region}`,
          message: `is not in ${url}`,
          remedy: 'Has the feed another form?',
        });
        return [];
      }
      const low = Number((usd * SPOT_SPREAD.low).toPrecision(8));
      const high = Number((usd * SPOT_SPREAD.high).toPrecision(8));
      return [[key, { ...price, range: { low, expected: usd, high }, asOf: today, confidence: 'A' }]];
    }),
  );
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
