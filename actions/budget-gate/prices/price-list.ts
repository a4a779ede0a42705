import { GetProductsCommand, type PricingClient } from '@aws-sdk/client-pricing';
import type { Fault } from '../../common/fault.ts';
import { GLOBAL, type Price } from '../price-book.ts';
import { usageTypeIn } from '../region.ts';
import { asList, asRecord } from '../template/json.ts';

/** What the Price List says of one entry of the book: its price in USD for the entry's unit, or why there is none. */
export type Found = { usd: number } | { fault: Fault };

/**
 * Asks the Price List for the one SKU that has all attributes of an entry. Two SKUs, none, or one that
 * costs nothing are faults: each of them has passed for a price in some tool.
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
 */
export async function askPriceList(
  client: PricingClient,
  region: string,
  key: string,
  price: Price,
): Promise<Found> {
  const attributes = attributesIn(region, key, price);
  const skus = await products(client, price.service ?? '', attributes);
  const wanted = Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const fault = (message: string, remedy: string): Found => ({
    fault: { subject: `price ${key} of ${region}`, message, remedy },
  });
  const [sku] = skus;
  if (sku === undefined) {
    return fault(`no SKU of ${price.service} has ${wanted}`, 'Mend its attributes in the price book');
  }
  if (skus.length > 1) {
    const names = skus.map((each) => asRecord(each.product).sku).join(', ');
    return fault(`${skus.length} SKUs (${names}) have ${wanted}`, 'Add an attribute that tells them apart');
  }
  const usd = firstPaidTier(sku);
  if (usd === undefined) {
    return fault(
      `the SKU ${String(asRecord(sku.product).sku)} costs nothing, or has no price in USD`,
      'Find the SKU that is charged',
    );
  }
  return { usd: Number((usd * unitsIn(price.unit)).toPrecision(12)) };
}

function attributesIn(region: string, key: string, price: Price): Record<string, string> {
  const entries = Object.entries(price.attributes ?? {}).map(([name, value]) => [
    name,
    name === 'usagetype' && !GLOBAL.test(key) ? usageTypeIn(region, value) : value,
  ]);
  return { ...Object.fromEntries(entries), ...(GLOBAL.test(key) ? {} : { regionCode: region }) };
}

async function products(
  client: PricingClient,
  service: string,
  attributes: Record<string, string>,
): Promise<Record<string, unknown>[]> {
  const Filters = Object.entries(attributes).map(([Field, Value]) => ({
    Type: 'TERM_MATCH' as const,
    Field,
    Value,
  }));
  const found: Record<string, unknown>[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new GetProductsCommand({
        ServiceCode: service,
        Filters,
        FormatVersion: 'aws_v1',
        ...(token ? { NextToken: token } : {}),
      }),
    );
    found.push(...(page.PriceList ?? []).map((text: unknown) => asRecord(JSON.parse(String(text)))));
    token = page.NextToken;
  } while (token);
  return found;
}

/** The tier that is paid first: a free tier before it is in the book as `free`. */
function firstPaidTier(sku: Record<string, unknown>): number | undefined {
  const terms = Object.values(asRecord(asRecord(sku.terms).OnDemand)).map(asRecord);
  const tiers = terms
    .flatMap((term) => Object.values(asRecord(term.priceDimensions)))
    .map(asRecord)
    .map(({ beginRange, pricePerUnit }) => ({
      from: Number(beginRange ?? 0),
      usd: Number(asRecord(pricePerUnit).USD),
    }))
    .filter(({ usd }) => usd > 0)
    .sort((one, other) => one.from - other.from);
  return tiers[0]?.usd;
}

/** The Price List counts single requests where the book counts `10,000 requests` or `million requests`. */
function unitsIn(unit: string): number {
  if (unit.startsWith('million ')) return 1_000_000;
  const number = /^([\d,]+) /.exec(unit)?.[1];
  return number === undefined ? 1 : Number(number.replaceAll(',', ''));
}

/** Spot prices by price key, from the feed of AWS's Fargate pricing page. */
export function spotPrices(feed: unknown, region: string): Map<string, number> {
  const keys: Readonly<Record<string, string>> = {
    'vCPU-Hours': 'fargate.spot.x86.vcpu_h',
    'GB-Hours': 'fargate.spot.x86.gb_h',
    'ARM-vCPU-Hours': 'fargate.spot.arm.vcpu_h',
    'ARM-GB-Hours': 'fargate.spot.arm.gb_h',
  };
  const own = asList(asRecord(feed).prices)
    .map(asRecord)
    .filter(({ attributes }) => asRecord(attributes)['aws:region'] === region);
  return new Map(
    own.flatMap(({ unit, price }) => {
      const key = keys[String(unit)];
      const usd = Number(asRecord(price).USD);
      return key !== undefined && usd > 0 ? [[key, usd] as const] : [];
    }),
  );
}
