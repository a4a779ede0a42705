import { existsSync, readFileSync } from 'node:fs';
import { FaultsError } from '../common/fault.ts';
import { type Cliff, cliffs } from './cliffs.ts';
import { compare, type Difference } from './difference.ts';
import { SHARED } from './environments.ts';
import { type Estimate, estimate } from './estimate.ts';
import { expiredAssumptions } from './expiry.ts';
import type { Demand } from './line.ts';
import { type Overlap, overlaps } from './overlap.ts';
import { type GivenParameter, withParameters } from './parameters.ts';
import { calibrated, type PriceBook, parsePriceBook, stalePrices } from './price-book.ts';
import usEast1 from './prices/us-east-1.json' with { type: 'json' };
import type { Spend } from './spend.ts';
import { readStacks } from './template/assembly.ts';
import type { Stack } from './template/stack.ts';
import { assumed, parseUsage, type Usage } from './usage.ts';
import { judge, type Verdict } from './verdict.ts';

export interface GateRequest {
  /** Cloud assembly, folder of templates, or template. */
  templates: string;
  /** The same before the change. */
  base?: string;
  usageFile: string;
  /** Files of further regions' prices. */
  priceFiles: readonly string[];
  /** USD a month. */
  budget: number;
  /** Where templates go that do not say it themselves. */
  region: string;
  account: string;
  environments: readonly string[];
  parameters: readonly GivenParameter[];
  rollback: boolean;
  now: Date;
  spend?: Spend;
}

/** Everything that is known of what a change costs. */
export interface GateResult {
  verdict: Verdict;
  budget: number;
  estimate: Estimate;
  base?: Estimate;
  difference?: Difference;
  cliffs: readonly Cliff[];
  overlaps: readonly Overlap[];
  spend?: Spend;
  now: Date;
}

/**
 * Prices the templates, compares them with those before, and judges. Reads files, asks nobody.
 * @throws FaultsError for templates, usage or prices that cannot be read.
 */
export function gate(request: GateRequest): GateResult {
  const { usage, books } = readAssumptions(request);
  const options = { usage, books, environments: request.environments, now: request.now };
  const extra = ownCost(usage, request.spend);
  const read = (path: string) => readStacks(path, { region: request.region, account: request.account });
  const priceAll = (stacks: readonly Stack[]) =>
    estimate({ ...options, extra, stacks: withParameters(stacks, request.parameters) });
  const stacks = read(request.templates);
  const head = priceAll(stacks);
  const base = request.base === undefined ? undefined : priceAll(namedAs(stacks, read(request.base)));
  const used = new Map(
    head.lines.map(({ price, subject: { region } }) => [`${region} ${price}`, { region, key: price }]),
  );
  const verdict = judge({
    estimate: head,
    budget: request.budget,
    stale: stalePrices(books, used.values(), request.now),
    expired: expiredAssumptions(usage, request.now),
    rollback: request.rollback,
    ...(base ? { base } : {}),
    ...(request.spend ? { spend: request.spend } : {}),
  });
  return {
    verdict,
    budget: request.budget,
    estimate: head,
    cliffs: cliffs(head, books),
    overlaps: overlaps(head.context, books),
    now: request.now,
    ...(base ? { base, difference: compare(base, head) } : {}),
    ...(request.spend ? { spend: request.spend } : {}),
  };
}

/** Two single templates are the same stack, whatever their files are called. */
function namedAs(head: readonly Stack[], base: readonly Stack[]): readonly Stack[] {
  const [one, other] = [head[0], base[0]];
  if (head.length !== 1 || base.length !== 1 || !one || !other) return base;
  return [{ ...other, id: one.id, name: one.name, file: one.file }];
}

function readAssumptions(request: GateRequest): { usage: Usage; books: PriceBook[] } {
  const { usageFile, priceFiles, spend } = request;
  const own = parsePriceBook(usEast1, 'us-east-1.json');
  const books = [own, ...priceFiles.map((file) => parsePriceBook(readJson(file), file))];
  const regions = [...new Set(spend?.paidSpot.map(({ region }) => region))];
  const paidIn = (region: string) =>
    new Map(spend?.paidSpot.filter((paid) => paid.region === region).map(({ price, usd }) => [price, usd]));
  return {
    usage: parseUsage(readText(usageFile, 'input usage'), usageFile),
    books: regions.reduce((all, region) => calibrated(all, region, paidIn(region)), books),
  };
}

/** What the gate costs by asking Cost Explorer: in the table like everything else. */
function ownCost(usage: Usage, spend: Spend | undefined): Demand[] {
  if (!spend?.source.startsWith('Cost Explorer')) return [];
  const quantity = assumed(usage, SHARED, 'budget-gate.cost-explorer') ?? { low: 30, expected: 30, high: 31 };
  const subject = {
    environment: SHARED,
    region: 'us-east-1',
    id: `${SHARED}/budget gate`,
    type: 'usage',
    name: `${SHARED}: budget gate`,
    file: '',
  };
  const formula = 'one request a day, its answer kept until the next';
  return [
    { subject, component: 'Cost Explorer requests', price: 'ce.request', quantity, formula, causes: [] },
  ];
}

function readText(file: string, subject: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new FaultsError([
    { subject, message: `there is no file ${file}`, remedy: 'Give the path of a file that is there' },
  ]);
}

function readJson(file: string): unknown {
  const text = readText(file, 'input prices');
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FaultsError([
      { subject: `price book ${file}`, message: `is not JSON: ${message}`, remedy: 'npm run prices' },
    ]);
  }
}
