import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { compare } from './difference.ts';
import { drawDown } from './ledger.ts';
import { CASES, type Range } from './range.ts';
import type { ResourceBody } from './template/document.ts';
import { estimateOf, stackOf, usageOf } from './test/pricing.ts';
import { parseUsage } from './usage.ts';
import { USAGE_KEYS } from './usage-keys.ts';

const body = (Type: string, Properties: Record<string, unknown> = {}): ResourceBody => ({
  Type,
  Properties,
  Metadata: {},
});

/** Resources that cost something by themselves, and some that do not. */
const resource: fc.Arbitrary<ResourceBody> = fc.oneof(
  fc.constantFrom(
    body('AWS::CloudWatch::Dashboard'),
    body('AWS::CloudWatch::Alarm'),
    body('AWS::SecretsManager::Secret'),
    body('AWS::EC2::EIP'),
    body('AWS::EC2::NatGateway'),
    body('AWS::KMS::Key'),
    body('AWS::S3::Bucket'),
    body('AWS::Logs::LogGroup'),
    body('AWS::CloudFront::Distribution'),
    body('AWS::IAM::Role'),
    body('AWS::Odd::Thing'),
  ),
  fc.integer({ min: 20, max: 100 }).map((gb) =>
    body('AWS::RDS::DBInstance', {
      Engine: 'postgres',
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: gb,
      StorageType: 'gp3',
    }),
  ),
  fc
    .integer({ min: 0, max: 8 })
    .map((rules) => body('AWS::WAFv2::WebACL', { Rules: Array.from({ length: rules }, () => ({})) })),
);
const resources = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{2,5}$/), resource, { maxKeys: 15 });
const used = usageOf(Object.fromEntries(Object.keys(USAGE_KEYS).map((key) => [key, 7])));

function priceOf(bodies: Record<string, ResourceBody>) {
  const template = { Parameters: {}, Mappings: {}, Conditions: {}, Resources: bodies, Outputs: {} };
  return estimateOf([stackOf('Resources: {}', { template })], used);
}

describe('an estimate', () => {
  it('never goes down when a resource is added', () => {
    fc.assert(
      fc.property(resources, resource, (bodies, added) => {
        const [fewer, more] = [priceOf(bodies), priceOf({ ...bodies, Zzzzzzz: added })];
        for (const which of CASES)
          expect(more.total[which]).toBeGreaterThanOrEqual(fewer.total[which] - 1e-9);
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the order of resources', () => {
    fc.assert(
      fc.property(resources, (bodies) => {
        const turned = Object.fromEntries(Object.entries(bodies).reverse());
        expect(priceOf(turned).total).toEqual(priceOf(bodies).total);
        expect(priceOf(turned).lines.map(({ cost }) => cost)).toEqual(
          priceOf(bodies).lines.map(({ cost }) => cost),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('prices, frees or does not know every resource', () => {
    fc.assert(
      fc.property(resources, (bodies) => {
        const { lines, free, unknowns } = priceOf(bodies);
        const seen = new Set([...lines, ...free, ...unknowns].map(({ subject }) => subject.id));
        for (const id of Object.keys(bodies)) expect(seen).toContain(`app/${id}`);
      }),
      { numRuns: 150 },
    );
  });

  it('differs by what its resources differ', () => {
    fc.assert(
      fc.property(resources, resources, (one, other) => {
        const difference = compare(priceOf(one), priceOf(other));
        const sum = difference.changes.reduce((total, change) => total + change.difference.expected, 0);
        expect(sum).toBeCloseTo(difference.total.expected, 6);
        expect(compare(priceOf(one), priceOf(one)).changes).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the ledger of the free tier', () => {
  const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
  const range: fc.Arbitrary<Range> = fc
    .tuple(amount, amount, amount)
    .map((three) => three.sort((one, other) => one - other))
    .map(([low = 0, expected = 0, high = 0]) => ({ low, expected, high }));
  const claims = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z]{1,4}$/),
      price: fc.constantFrom('logs', 'alarms', 'nothing'),
      quantity: range,
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  const allowanceOf = (price: string) => ({ logs: 5, alarms: 10 })[price] ?? 0;

  it('gives nobody less than nothing or more than is used, and never more than there is', () => {
    fc.assert(
      fc.property(claims, (asked) => {
        const free = drawDown(asked, allowanceOf);
        for (const which of CASES) {
          for (const { id, quantity } of asked) {
            expect(free.get(id)?.[which]).toBeGreaterThanOrEqual(0);
            expect(free.get(id)?.[which]).toBeLessThanOrEqual(quantity[which]);
          }
          for (const price of ['logs', 'alarms', 'nothing']) {
            const own = asked.filter((claim) => claim.price === price);
            const given = own.reduce((sum, { id }) => sum + (free.get(id)?.[which] ?? 0), 0);
            const wanted = own.reduce((sum, { quantity }) => sum + quantity[which], 0);
            expect(given).toBeCloseTo(Math.min(wanted, allowanceOf(price)), 6);
          }
        }
      }),
    );
  });

  it('does not depend on the order of claims', () => {
    fc.assert(
      fc.property(claims, (asked) => {
        const sorted = (free: Map<string, Range>) =>
          [...free].sort(([one], [other]) => (one < other ? -1 : 1));
        expect(sorted(drawDown([...asked].reverse(), allowanceOf))).toEqual(
          sorted(drawDown(asked, allowanceOf)),
        );
      }),
    );
  });
});

describe('the whole designs', () => {
  // What the designs of the plan differ by; their totals depend on assumptions of their own.
  const addresses = ['A', 'B'].map((id) => [`Ip${id}`, body('AWS::EC2::EIP')] as const);
  const dashboards = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`D${index}`, body('AWS::CloudWatch::Dashboard')]),
    );
  const secrets = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`S${index}`, body('AWS::SecretsManager::Secret')]),
    );
  const monthly = (bodies: Record<string, ResourceBody>) => {
    const template = { Parameters: {}, Mappings: {}, Conditions: {}, Resources: bodies, Outputs: {} };
    return estimateOf([stackOf('Resources: {}', { template })], usageOf({})).total.expected;
  };

  it('internal load balancer, 3 dashboards and 2 secrets instead of 5: 97.00 − 85.50 = 11.50', () => {
    const rich = monthly({ ...Object.fromEntries(addresses), ...dashboards(4), ...secrets(5) });
    const lean = monthly({ ...dashboards(3), ...secrets(2) });
    // 2 × 0.005 × 730 + 1 × 3 + 3 × 0.4
    expect(rich - lean).toBeCloseTo(7.3 + 3 + 1.2, 9);
  });

  it('one NAT gateway instead of two: 226.16 − 189.66 = 36.50', () => {
    expect(monthly({ Nat: body('AWS::EC2::NatGateway'), Ip: body('AWS::EC2::EIP') })).toBeCloseTo(
      226.16 - 189.66,
      9,
    );
  });
});

it('usage.yml of this repository is one that can be read, and knows every key', () => {
  const usage = parseUsage(readFileSync(fileURLToPath(new URL('../../usage.yml', import.meta.url)), 'utf8'));
  expect(Object.keys(USAGE_KEYS).filter((key) => !(key in usage.assumptions))).toEqual([]);
});
