import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const expected = z.object({ expected: z.number() }).transform((range) => range.expected);

const reportSchema = z.object({
  budget: z.number(),
  total: expected,
  environments: z.record(z.string(), expected),
  lines: z.array(
    z.object({
      environment: z.string(),
      /** Key in the price book. */
      price: z.string(),
      unit: z.string(),
      quantity: expected,
      free: expected,
      unitPrice: expected,
      cost: expected,
    }),
  ),
});

/** What the budget gate expects of an assembly, USD a month. */
export type BudgetReport = z.output<typeof reportSchema>;
export type BudgetLine = BudgetReport['lines'][number];

/**
 * Asks the budget gate by its command line, as anybody does.
 * @param usageFile assumptions about use.
 * @throws Error with the gate's words when it cannot price the assembly.
 */
export function readBudgetReport(assembly: string, usageFile = 'usage.yml'): BudgetReport {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['actions/budget-gate/cli.ts', '--format', 'json', '--templates', assembly, '--usage', usageFile],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  // 1: it costs too much, which is an answer as well.
  if (status !== 0 && status !== 1)
    throw new Error(`the budget gate cannot price ${assembly}: ${stderr || stdout}`);
  return reportSchema.parse(JSON.parse(stdout));
}
