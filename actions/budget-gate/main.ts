import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import { FaultsError } from '../common/fault.ts';
import { explain } from '../common/run.ts';
import { keepComment, pullRequest } from './comment.ts';
import { type GateRequest, type GateResult, gate } from './gate.ts';
import { budgetGateInputs, type Inputs } from './inputs.ts';
import { COMMENT_LIMIT, toMarkdown } from './markdown.ts';
import { money } from './money.ts';
import { toCsv, toReport } from './report.ts';
import { readSpend, type Spend } from './spend.ts';
import { readStacks } from './template/assembly.ts';

/** A step's summary holds 1 MiB. https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
const SUMMARY_LIMIT = 900_000;
const UNKNOWN_ACCOUNT = '000000000000';

/** Prices the change, says so everywhere, and blocks it when it must. */
export async function main(signal: AbortSignal): Promise<void> {
  try {
    const inputs = await budgetGateInputs();
    const spend = await realSpend(inputs, signal);
    const result = gate(requestOf(inputs, spend));
    annotate(result);
    const files = writeFiles(result, inputs.outputFolder);
    setOutputs(result, files);
    await core.summary.addRaw(toMarkdown(result, SUMMARY_LIMIT)).write();
    await comment(inputs, result, signal);
    conclude(result);
  } catch (error) {
    explain(error);
    // Not to know what a change costs blocks it like a change that costs too much.
    if (error instanceof FaultsError) process.exitCode = 2;
  }
}

function requestOf(inputs: Inputs, spend: Spend | undefined): GateRequest {
  return {
    ...inputs,
    account: inputs.account ?? UNKNOWN_ACCOUNT,
    now: new Date(),
    ...(spend ? { spend } : {}),
  };
}

/** Spending that cannot be read is a warning: the templates are judged without it. */
async function realSpend(inputs: Inputs, signal: AbortSignal): Promise<Spend | undefined> {
  if (inputs.spendSource === 'none') return undefined;
  const account = inputs.account ?? accountOf(inputs);
  try {
    const spend = await readSpend({
      account,
      ...(inputs.awsBudget === undefined ? {} : { budgetName: inputs.awsBudget }),
      costExplorer: inputs.spendSource === 'cost-explorer',
      cacheFile: inputs.spendCache,
      now: new Date(),
      signal,
    });
    if (!spend) {
      core.warning(
        `Account ${account} has no monthly cost budget without filters${inputs.awsBudget === undefined ? '' : ` that is called ${inputs.awsBudget}`}: real spending is not judged. Name one with the input aws-budget.`,
      );
    }
    return spend;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    core.warning(
      `Real spending could not be read, and is not judged: ${message}. The role needs budgets:ViewBudget${inputs.spendSource === 'cost-explorer' ? ' and ce:GetCostAndUsage' : ''}.`,
    );
    return undefined;
  }
}

function accountOf({ templates, region }: Inputs): string {
  const stacks = readStacks(templates, { region, account: '' });
  const account = stacks.map((stack) => stack.account).find((found) => found !== '');
  if (account !== undefined) return account;
  throw new FaultsError([
    {
      subject: 'input account',
      message: 'was not given, and the templates do not say their account',
      remedy: 'Give the 12 digits of the account whose spending is read, or spend: none',
    },
  ]);
}

/** At most ten annotations of a kind are shown for a step: those of the verdict, then the dearest increases. */
function annotate(result: GateResult): void {
  for (const { severity, text } of result.verdict.reasons.slice(0, 9)) {
    if (severity === 'fail') core.error(text, { title: 'Budget gate' });
    else core.warning(text, { title: 'Budget gate' });
  }
  const increases = result.difference?.changes.filter(({ difference }) => difference.expected >= 0.01) ?? [];
  for (const { subject, difference, properties } of increases.slice(0, 9)) {
    const [file, line] = subject.source?.split(/:(?=\d+$)/) ?? [];
    const because = properties.map(({ path }) => path).join(', ');
    core.notice(`${subject.name}: +${money(difference.expected)} a month${because ? ` (${because})` : ''}`, {
      title: `+${money(difference.expected)} a month`,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: Number(line) }),
    });
  }
}

function writeFiles(result: GateResult, folder: string): { json: string; csv: string } {
  mkdirSync(folder, { recursive: true });
  const files = { json: join(folder, 'budget.json'), csv: join(folder, 'budget.csv') };
  writeFileSync(files.json, `${JSON.stringify(toReport(result), null, 2)}\n`);
  writeFileSync(files.csv, toCsv(result));
  writeFileSync(join(folder, 'budget.md'), toMarkdown(result, SUMMARY_LIMIT));
  return files;
}

function setOutputs(result: GateResult, files: { json: string; csv: string }): void {
  const { lines, free, ...report } = toReport(result);
  core.setOutput('verdict', result.verdict.verdict);
  core.setOutput('monthly', result.estimate.total.expected.toFixed(2));
  core.setOutput('difference', result.difference?.total.expected.toFixed(2) ?? '');
  core.setOutput('report', JSON.stringify({ ...report, priced: lines.length, free: free.length }));
  core.setOutput('report-file', files.json);
  core.setOutput('csv-file', files.csv);
}

/** A comment that cannot be written (a fork's token may not) is a warning: the verdict stands in the summary. */
async function comment(inputs: Inputs, result: GateResult, signal: AbortSignal): Promise<void> {
  const request = pullRequest();
  if (!inputs.comment || !request) return;
  const { key, token } = inputs.comment;
  const api = process.env.GITHUB_API_URL ?? 'https://api.github.com';
  try {
    const body = toMarkdown(result, COMMENT_LIMIT);
    core.info(
      `Comment on #${request.number}: ${await keepComment({ api, token, signal }, request, key, body)}`,
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    core.warning(
      `The comment could not be written: ${message}. The job needs the permission pull-requests: write; a pull request of a fork does not have it.`,
    );
  }
}

function conclude({ verdict, estimate, budget }: GateResult): void {
  const sum = `${money(estimate.total.expected)} of ${money(budget)} a month (${money(estimate.total.low)} to ${money(estimate.total.high)})`;
  core.info(`${verdict.verdict}: ${sum}`);
  if (verdict.verdict !== 'fail') return;
  const fatal = verdict.reasons.filter(({ severity }) => severity === 'fail');
  core.setFailed(
    fatal.length === 1 ? `Blocked: ${fatal[0]?.text}` : `Blocked for ${fatal.length} reasons: ${sum}`,
  );
  process.exitCode = verdict.exitCode;
}
