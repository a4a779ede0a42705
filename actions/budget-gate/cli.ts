/** `npm run budget`: prices the templates on this machine, without credentials. */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FaultsError } from '../common/fault.ts';
import { itemsOf } from '../common/inputs.ts';
import { type GateResult, gate } from './gate.ts';
import { budgetOf, readManifest } from './inputs.ts';
import { toMarkdown } from './markdown.ts';
import { parseParameters } from './parameters.ts';
import { toCsv, toReport } from './report.ts';
import { toTerminal } from './terminal.ts';

const HELP = `Usage: npm run budget -- [options]

  --templates PATH   cloud assembly, folder of templates, or template (default: cdk.out)
  --base PATH        the same before the change
  --usage FILE       assumptions about use (default: usage.yml)
  --budget USD       a month (default: budget.monthly of pika.yml)
  --environments A,B names of environments (default: those of pika.yml)
  --parameter S.P=V  value of a template parameter; may be given again
  --prices FILE      prices of another region; may be given again
  --region REGION    of templates that do not say theirs (default: us-east-1)
  --format FORMAT    text, markdown, json or csv (default: text)
  --output FILE      write there instead of the terminal
  --rows N           resources to show (default: 15)

Exit codes: 0 pass or warn, 1 costs too much, 2 cannot be known or bad input.
`;

const FORMATS = ['text', 'markdown', 'json', 'csv'];

function options(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      templates: { type: 'string', default: 'cdk.out' },
      base: { type: 'string' },
      usage: { type: 'string', default: 'usage.yml' },
      budget: { type: 'string' },
      manifest: { type: 'string', default: 'pika.yml' },
      environments: { type: 'string' },
      parameter: { type: 'string', multiple: true, default: [] },
      prices: { type: 'string', multiple: true, default: [] },
      region: { type: 'string', default: 'us-east-1' },
      format: { type: 'string', default: 'text' },
      output: { type: 'string' },
      rows: { type: 'string', default: '15' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

type Options = ReturnType<typeof options>;

function budgetIn(given: Options): number {
  if (given.budget === undefined) return budgetOf(readManifest(given.manifest), given.manifest);
  const budget = Number(given.budget);
  if (budget > 0) return budget;
  throw new FaultsError([
    {
      subject: '--budget',
      message: `${JSON.stringify(given.budget)} is not USD a month`,
      remedy: 'Give a number more than 0, such as 100',
    },
  ]);
}

function price(given: Options): GateResult {
  if (!FORMATS.includes(given.format)) {
    throw new FaultsError([
      {
        subject: '--format',
        message: `there is no ${given.format}`,
        remedy: `Allowed: ${FORMATS.join(', ')}`,
      },
    ]);
  }
  const manifest = existsSync(given.manifest) ? readManifest(given.manifest) : undefined;
  return gate({
    templates: given.templates,
    ...(given.base === undefined ? {} : { base: given.base }),
    usageFile: given.usage,
    priceFiles: given.prices,
    budget: budgetIn(given),
    region: given.region,
    account: '000000000000',
    environments: given.environments
      ? itemsOf(given.environments)
      : Object.keys(manifest?.environments ?? {}),
    parameters: parseParameters(given.parameter),
    rollback: false,
    now: new Date(),
  });
}

function show(result: GateResult, given: Options): string {
  if (given.format === 'json') return `${JSON.stringify(toReport(result), null, 2)}\n`;
  if (given.format === 'csv') return toCsv(result);
  if (given.format === 'markdown') return toMarkdown(result, Number.POSITIVE_INFINITY);
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const terminal = process.stdout.isTTY && given.output === undefined;
  return toTerminal(result, {
    colour: !NO_COLOR && (Boolean(FORCE_COLOR) || terminal),
    width: Math.min(process.stdout.columns ?? 80, 120),
    rows: Number(given.rows),
  });
}

function main(args: readonly string[]): number {
  try {
    const given = options(args);
    if (given.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const result = price(given);
    const text = show(result, given);
    if (given.output === undefined) process.stdout.write(text);
    else writeFileSync(given.output, text);
    return result.verdict.exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

process.exitCode = main(process.argv.slice(2));
