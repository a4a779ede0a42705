import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { book } from '../test/pricing.ts';
import { type Call, serve } from '../test/run-action.ts';

const script = fileURLToPath(new URL('refresh.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prices-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A SKU as the Price List API sends it: JSON within JSON. */
const sku = (id: string, tiers: [from: string, usd: string][]) =>
  JSON.stringify({
    product: { sku: id },
    terms: {
      OnDemand: {
        [`${id}.T`]: {
          priceDimensions: Object.fromEntries(
            tiers.map(([beginRange, USD], index) => [
              `${id}.T.${index}`,
              { beginRange, pricePerUnit: { USD } },
            ]),
          ),
        },
      },
    },
  });

const feed = {
  prices: ['vCPU-Hours', 'GB-Hours', 'ARM-vCPU-Hours', 'ARM-GB-Hours'].flatMap((unit) => [
    { unit, price: { USD: '0.02' }, attributes: { 'aws:region': 'us-east-1' } },
    { unit, price: { USD: '0.04' }, attributes: { 'aws:region': 'eu-west-1' } },
  ]),
};

interface Filter {
  Field: string;
  Value: string;
}

async function refresh(region: string, answer: (filters: Filter[]) => string[]) {
  const filtersOf = (call: Call): Filter[] => JSON.parse(call.body).Filters;
  const server = await serve((call) =>
    call.target ? { body: { PriceList: answer(filtersOf(call)) } } : { body: feed },
  );
  const output = join(folder, 'book.json');
  const child = spawn(
    process.execPath,
    [script, '--region', region, '--output', output, '--spot-feed', `${server.url}/feed`],
    {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: server.url,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
      },
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      text += data;
    });
  }
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  await server.close();
  const asked = server.calls.filter(({ target }) => target).map(filtersOf);
  return {
    exitCode,
    text,
    asked,
    prices: existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')).prices : undefined,
  };
}

const fieldOf = (filters: Filter[], name: string) => filters.find(({ Field }) => Field === name)?.Value;

it('takes the one SKU of every entry, by its first tier that is paid, in the book’s unit', async () => {
  const { exitCode, text, prices } = await refresh('us-east-1', (filters) => {
    if (fieldOf(filters, 'usagetype') === 'US-Requests-Tier2-HTTPS') return [sku('CF', [['0', '0.0000010']])];
    if (fieldOf(filters, 'usagetype') === 'USE1-DataProcessing-Bytes')
      return [
        sku('CW', [
          ['0', '0'],
          ['5', '0.5'],
          ['100', '0.4'],
        ]),
      ];
    return [sku('X', [['0', '0.0225']])];
  });
  expect(text).toContain('4 of Spot are of today');
  expect(exitCode).toBe(0);
  expect(prices['cloudfront.https_10k'].usd).toBe(0.01);
  expect(prices['cw.logs_in_gb']).toMatchObject({ usd: 0.5, free: 5, confidence: 'A' });
  expect(prices['fargate.spot.arm.gb_h'].range).toEqual({ low: 0.018, expected: 0.02, high: 0.025 });
  expect(Object.keys(prices).sort()).toEqual(Object.keys(book.prices).sort());
});

it('names every price in doubt, and writes nothing', async () => {
  const { exitCode, text, prices } = await refresh('us-east-1', (filters) => {
    const usageType = fieldOf(filters, 'usagetype');
    if (usageType === 'LoadBalancerUsage') return [sku('A', [['0', '1']]), sku('B', [['0', '2']])];
    if (usageType === 'LCUUsage') return [];
    if (usageType === 'NatGateway-Hours') return [sku('FREE', [['0', '0']])];
    return [sku('X', [['0', '1']])];
  });
  expect(exitCode).toBe(2);
  expect(text).toMatch(
    /price alb_h of us-east-1: 2 SKUs \(A, B\) have .*usagetype=LoadBalancerUsage.*Add an attribute/,
  );
  expect(text).toMatch(/price alb_lcu_h of us-east-1: no SKU of AWSELB has/);
  expect(text).toMatch(/price nat_h of us-east-1: the SKU FREE costs nothing/);
  expect(prices).toBeUndefined();
});

it('makes the book of another region by its own usage types, without what is sold from us-east-1', async () => {
  const { exitCode, asked, prices } = await refresh('eu-west-1', () => [sku('X', [['0', '0.03']])]);
  expect(exitCode).toBe(0);
  const usageTypes = asked
    .map((filters) => fieldOf(filters, 'usagetype'))
    .filter((type) => type !== undefined);
  expect(usageTypes).toEqual(
    expect.arrayContaining(['EU-Fargate-GB-Hours', 'EU-LoadBalancerUsage', 'eu-west-1-KMS-Keys']),
  );
  expect(asked.every((filters) => fieldOf(filters, 'regionCode') === 'eu-west-1')).toBe(true);
  expect(prices['cloudfront.us_gb']).toBeUndefined();
  expect(prices['fargate.spot.x86.vcpu_h'].range.expected).toBe(0.04);
});

it('a region whose usage types are not known', async () => {
  const { exitCode, text } = await refresh('mars-north-1', () => []);
  expect(exitCode).toBe(2);
  expect(text).toContain('--region: the usage types of mars-north-1 are not known. Known: us-east-1');
});
