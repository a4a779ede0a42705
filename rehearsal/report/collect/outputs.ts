import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { StepResult } from '../../github/runner/result.ts';
import type { BudgetReport, CostRange, VerdictReport } from '../json.ts';

type Outputs = Readonly<Record<string, string>>;

/** What smoke-tests/verdict.schema.json says, as far as the report shows it. */
const verdictFile = z.object({
  sentence: z.string(),
  on: z.string(),
  checks: z.array(
    z.object({
      suite: z.string(),
      check: z.string(),
      verdict: z.string(),
      failure: z.object({ message: z.string(), curl: z.string() }).optional(),
      reason: z.string().optional(),
    }),
  ),
  load: z
    .object({
      green: z.object({
        requests: z.number(),
        failed: z.number(),
        p50: z.number().nullable(),
        p95: z.number().nullable(),
        p99: z.number().nullable(),
      }),
    })
    .optional(),
});

/** @returns what a step's smoke test said; undefined when the step was none, or hands on what its own steps said. */
export function verdictOf(job: string, step: StepResult): VerdictReport | undefined {
  const { verdict, sentence = '', report, monthly } = step.outputs;
  if (step.steps) return undefined;
  // A probe that has begun has said nothing yet.
  if (!verdict || verdict === 'pending' || monthly !== undefined) return undefined;
  const said = { job, step: step.name, verdict, sentence };
  const file = readJson(verdictFile, report);
  // Smoke tests that are given one folder write to one place: the file is the last one's.
  if (!file || file.sentence !== sentence)
    return { ...said, checks: { passed: 0, failed: 0, skipped: 0 }, failures: [] };
  const count = (...wanted: string[]) => file.checks.filter((check) => wanted.includes(check.verdict)).length;
  return {
    ...said,
    on: file.on,
    checks: {
      passed: count('PASS'),
      failed: count('FAIL', 'INCONCLUSIVE'),
      skipped: count('SKIPPED'),
    },
    failures: file.checks.filter((check) => check.verdict === 'FAIL').map(failureOf),
    ...(file.load ? { load: loadOf(file.load.green) } : {}),
  };
}

type Check = z.infer<typeof verdictFile>['checks'][number];

function failureOf({ suite, check, failure, reason = '' }: Check) {
  return { suite, check, message: failure?.message ?? reason, ...(failure ? { curl: failure.curl } : {}) };
}

function loadOf({ requests, failed, ...quantiles }: Record<string, number | null>) {
  const known = Object.entries(quantiles).filter(([, value]) => value !== null);
  return { requests: requests ?? 0, failed: failed ?? 0, ...Object.fromEntries(known) };
}

const range = z.object({ low: z.number(), expected: z.number(), high: z.number() });

/** What actions/budget-gate/report.schema.json says, as far as the report shows it. */
const budgetReport = z.object({
  verdict: z.string(),
  budget: z.number(),
  total: range,
  environments: z.record(z.string(), range),
  reasons: z.array(z.object({ text: z.string() })),
});
const budgetLines = z.object({
  lines: z.array(z.object({ resource: z.string(), type: z.string(), cost: range })),
});

/** Kinds of resources that the table of costs shows. */
const LARGEST = 12;

/** @returns what a step's budget gate said; undefined when the step was none. */
export function budgetOf(outputs: Outputs): BudgetReport | undefined {
  if (!outputs.monthly || !outputs.report) return undefined;
  const parsed = budgetReport.safeParse(parseJson(outputs.report));
  if (!parsed.success) return undefined;
  const { reasons, ...said } = parsed.data;
  const lines = readJson(budgetLines, outputs['report-file'])?.lines ?? [];
  return { ...said, reasons: reasons.map(({ text }) => text), largest: largestOf(lines) };
}

function largestOf(lines: z.infer<typeof budgetLines>['lines']): BudgetReport['largest'] {
  const kinds = Map.groupBy(lines, ({ type }) => type);
  return [...kinds]
    .map(([type, those]) => ({
      type,
      resources: new Set(those.map(({ resource }) => resource)).size,
      monthly: those.reduce((sum, { cost }) => add(sum, cost), { low: 0, expected: 0, high: 0 }),
    }))
    .filter(({ monthly }) => monthly.high >= 0.005)
    .sort((left, right) => right.monthly.expected - left.monthly.expected)
    .slice(0, LARGEST);
}

function add(left: CostRange, right: CostRange): CostRange {
  return {
    low: left.low + right.low,
    expected: left.expected + right.expected,
    high: left.high + right.high,
  };
}

/** @returns undefined when there is no such file or it says something else: a report shows what there is. */
function readJson<T>(schema: z.ZodType<T>, path: string | undefined): T | undefined {
  if (!path) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  return schema.safeParse(parseJson(text)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
