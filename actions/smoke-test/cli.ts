/**
 * `npm run smoke -- --url https://… [--suite FILE …]`: the same code as the action, for a terminal.
 * Exit codes: 0 PASS, 1 FAIL, 2 something written is wrong (nothing was asked), 3 INCONCLUSIVE, 130 cancelled.
 */
import { parseArgs } from 'node:util';
import { FaultsError } from '../common/fault.ts';
import { INPUT_NAMES, readSmokeInputs } from './inputs.ts';
import { writeReports } from './report/write.ts';
import { secretKeeper } from './secrets.ts';
import { smoke } from './smoke.ts';

const EXIT = { PASS: 0, FAIL: 1, INCONCLUSIVE: 3 } as const;
const ALIASES: Readonly<Record<string, string>> = {
  suite: 'suites',
  variable: 'variables',
  secret: 'secrets',
  header: 'headers',
  tag: 'tags',
};

/** A terminal has no job around which a probe could run. */
const FLAGS = INPUT_NAMES.filter((name) => name !== 'mode' && !name.startsWith('probe-'));

/** As many names a line as fit on a narrow terminal. */
function wrapped(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines.pop() ?? '';
    lines.push(...(last.length + name.length > 74 ? [last, `  ${name}, `] : [`${last || '  '}${name}, `]));
  }
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/,$/, '');
}

const usage = `usage: npm run smoke -- --url URL [--suite FILE …] [--INPUT VALUE …]
Inputs are those of the action (actions/smoke-test/README.md):
${wrapped(FLAGS)}.
A flag may be repeated where its input takes several lines: ${Object.keys(ALIASES)
  .map((alias) => `--${alias}`)
  .join(', ')}.
Exit codes: 0 PASS, 1 FAIL, 2 wrong suite or input, 3 INCONCLUSIVE, 130 cancelled.`;

/** Flags become the inputs that the action reads. */
function takeFlags(args: readonly string[]): void {
  const names = [...FLAGS, ...Object.keys(ALIASES)];
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string', multiple: true } as const])),
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  for (const [name, value] of Object.entries(values)) {
    const variable = `INPUT_${(ALIASES[name] ?? name).toUpperCase()}`;
    if (Array.isArray(value)) process.env[variable] = [process.env[variable] ?? [], value].flat().join('\n');
  }
}

async function cli(): Promise<number> {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  try {
    takeFlags(process.argv.slice(2));
    const inputs = await readSmokeInputs();
    const secrets = secretKeeper();
    const report = await smoke(inputs, secrets, (line) => console.log(secrets.mask(line)), controller.signal);
    const files = writeReports(report, inputs.report);
    for (const { suite, check, failure } of report.checks) {
      if (failure)
        console.log(
          `\n${suite}: ${check}\n  at ${failure.file}:${failure.line}:${failure.column}\n  ${failure.curl}`,
        );
    }
    for (const note of report.notes) console.log(note);
    console.log(`\n${report.sentence}\n${files.summary}`);
    return EXIT[report.verdict];
  } catch (error) {
    if (controller.signal.aborted) return 130;
    if (!(error instanceof FaultsError) && !(error instanceof TypeError && 'code' in error)) throw error;
    console.error(error.message);
    console.error(
      error instanceof FaultsError ? `\n${counted(error)}, and nothing was asked.` : `\n${usage}`,
    );
    return 2;
  }
}

const counted = ({ faults }: FaultsError) => `${faults.length} fault${faults.length === 1 ? '' : 's'}`;

process.exitCode = await cli();
