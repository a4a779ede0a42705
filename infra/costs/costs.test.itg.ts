import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type ConfigurationInput, loadConfiguration, written } from '../config/load.ts';
import { production } from '../config/production.ts';
import { drawApp, manifest } from '../test/assembly.ts';
import { type BudgetReport, readBudgetReport } from './budget-report.ts';
import { fixedCosts, fixedMonthlyCost } from './floor.ts';
import { byService, toTables, withTables } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'pika-costs-'));
const assembly = drawApp().synth().directory;
const page = readFileSync(new URL('../../docs/costs.md', import.meta.url), 'utf8');
const usage = readFileSync(new URL('../../usage.yml', import.meta.url), 'utf8');
let expected: BudgetReport;

beforeAll(() => {
  expected = readBudgetReport(assembly);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** usage.yml of a product that nobody uses and whose staging never wakes; a disk is as large as ever. */
function nobody(): string {
  const without = (value: unknown, key = ''): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const isRange = 'low' in value && 'high' in value;
    if (isRange) return key === 'ec2.root-volume-gb' ? value : { ...value, low: 0, expected: 0, high: 0 };
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, without(inner, name)]));
  };
  const file = join(folder, 'nobody.yml');
  writeFileSync(file, stringify(without(parse(usage))));
  return file;
}

/** Cents by unit price, without those that cost nothing. */
function inCents(entries: Iterable<readonly [string, number]>): Record<string, number> {
  const cents = [...entries].map(([price, usd]) => [price, Math.round(usd * 100)] as const);
  return Object.fromEntries(
    cents.filter(([, amount]) => amount !== 0).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

function byPrice({ lines }: BudgetReport): Map<string, number> {
  return new Map(
    [...Map.groupBy(lines, ({ price }) => price)].map(([price, of]) => [
      price,
      of.reduce((sum, { cost }) => sum + cost, 0),
    ]),
  );
}

interface ValidationReport {
  pluginReports: { violations: { ruleName: string }[] }[];
}

function violationsOf(directory: string): string[] {
  const report: ValidationReport = JSON.parse(
    readFileSync(join(directory, 'validation-report.json'), 'utf8'),
  );
  return report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}

describe('what production and staging cost together', () => {
  it('is within the budget of $100 a month', () => {
    expect(manifest.budget.monthly).toBe(100);
    expect(expected.total).toBeLessThanOrEqual(100);
    expect(expected.total).toBeGreaterThan(90);
  });

  it('has staging’s log metrics in it, for the hours that it is awake', () => {
    const metrics = expected.lines.filter(
      ({ environment, price, quantity }) =>
        environment === 'staging' && price === 'cw.metric_mo' && quantity > 0,
    );
    expect(metrics).toHaveLength(7);
    const cost = metrics.reduce((sum, line) => sum + line.cost, 0);
    expect(cost).toBeCloseTo(7 * 0.3 * (60 / 730), 6);
  });

  it('is line by line what docs/costs.md says; else run npm run costs', () => {
    expect(withTables(page, toTables(expected))).toBe(page);
  });

  it('is held against the plan’s table by its own figures', () => {
    const costs = byService(expected.lines.filter(({ environment }) => environment !== 'staging'));
    const rows = new Map(
      [
        ...page.matchAll(
          /^\| (?:_left out_: )?([^|]+?) +\| +\*{0,2}\d+\*{0,2} \| +\*{0,2}([\d.]+)\*{0,2} \|/gm,
        ),
      ].map(([, name = '', figure]) => [name, Number(figure)]),
    );
    const sum = (...names: string[]) =>
      Number(names.reduce((total, name) => total + (costs.get(name) ?? Number.NaN), 0).toFixed(2));
    expect(Object.fromEntries(rows)).toEqual({
      'ECS Fargate, 7 × 0.25 vCPU × 512 MB': sum('ECS Fargate, Spot', 'ECS Fargate, on demand'),
      'RDS, t3.micro + 20 GB gp3': sum('RDS PostgreSQL'),
      'ElastiCache, t3.micro': sum('ElastiCache'),
      ALB: sum('ALB'),
      'S3 + CloudFront': sum('S3', 'CloudFront'),
      CloudWatch: sum('CloudWatch'),
      'Route 53': sum('Route 53'),
      'Transfer: inter-AZ + NAT': sum('Transfer', 'NAT and its address'),
      WAF: sum('WAF'),
      'Secrets Manager': sum('Secrets Manager'),
      'ECR, AWS Config, flow logs': sum('ECR', 'AWS Config', 'VPC flow logs'),
      '**together**': sum(...costs.keys()),
    });
  });
});

describe('the floor of the budget, reckoned before synth', () => {
  const withProduction = (change: object): ConfigurationInput => ({
    ...written,
    environments: { ...written.environments, production: { ...production, ...change } },
  });
  const richer = { ...manifest, budget: { monthly: 10_000 } };

  it('is what the gate reckons from the templates when nobody uses them', () => {
    const { environments } = loadConfiguration(manifest);
    const gate = readBudgetReport(assembly, nobody());
    expect(inCents(fixedCosts(manifest, environments))).toEqual(inCents(byPrice(gate)));
    expect(fixedMonthlyCost(manifest, environments)).toBeCloseTo(gate.total, 2);
    expect(gate.total).toBeGreaterThan(80);
  });

  it('is that for the dearest configuration too', () => {
    const input = withProduction({
      tier: 500,
      network: { ...production.network, egress: 'nat-gateway-per-zone' },
      ingress: { ...production.ingress, loadBalancer: 'internet-facing' },
      cache: { engine: 'redis', version: '7.1', snapshotDays: 1 },
      waf: { ...production.waf, countries: ['DE', 'FR'], botControl: 'managed' },
    });
    const { environments } = loadConfiguration(richer, input);
    const { directory } = drawApp(input, richer, { validate: true }).synth();
    const gate = readBudgetReport(directory, nobody());
    expect(inCents(fixedCosts(richer, environments))).toEqual(inCents(byPrice(gate)));
    // And AWS's validation has nothing to say of what a higher tier adds.
    expect(violationsOf(directory)).toEqual([]);
  });

  it.each([
    ['refuses a budget one cent below it', -0.01, 1],
    ['takes a budget one cent above it', 0.01, 0],
  ])('%s', (_what, more, faults) => {
    const { environments, account } = loadConfiguration(manifest);
    const floor = fixedMonthlyCost(manifest, environments);
    const tight = { ...manifest, budget: { monthly: floor + more } };
    const load = () =>
      loadConfiguration(tight, {
        ...written,
        account: { ...account, spend: { dailyAlarm: 1, monthlyAlarm: 20 } },
      });
    if (faults === 0) expect(load).not.toThrow();
    else expect(load).toThrow(`at least ${floor.toFixed(2)}`);
  });
});
