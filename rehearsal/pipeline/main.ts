/**
 * `npm run rehearse -- --workflow [--approve] [--all | --act NAME] [--verbose]`: release.yml as it is, from a push to
 * production; with --all also what goes wrong, and the other ways in (acts.ts). Exit code 0 only when everything held.
 */
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Approve } from '../github/runner/repository.ts';
import { bold, dim, expectationTable, green, red } from '../report/terminal.ts';
import type { ScenarioRecord } from '../scenario/scenario.ts';
import { acts } from './acts.ts';
import { startStage } from './stage.ts';
import type { Watching } from './start.ts';

const { values: options } = parseArgs({
  options: {
    workflow: { type: 'boolean', default: false },
    approve: { type: 'boolean', default: false },
    act: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
const say = (line: string) => console.log(`${dim(`${seconds().toFixed(1).padStart(5)} s`)}  ${line}`);

async function main(): Promise<boolean> {
  const stage = await startStage(root, (line) => options.verbose && say(dim(line)));
  try {
    say(`An AWS with staging and production listens at ${stage.aws.url}, GitHub’s API at ${stage.api.url}`);
    const records: ScenarioRecord[] = [];
    for (const { name, story, play } of chosen()) {
      say(bold(`${name}: ${story}`));
      records.push({ name, story, releases: [], versions: {}, expectations: await play(stage, watching()) });
    }
    const held = records.every(({ expectations }) => expectations.every(({ holds }) => holds));
    console.log(`\n${expectationTable(records)}\n`);
    console.log(
      `${held ? green('Everything held') : red('Not everything held')}, in ${seconds().toFixed(1)} s.`,
    );
    return held;
  } finally {
    await stage.stop();
  }
}

/** The first; `--all` of them; or, while one of them is worked on, those that `--act` names. */
function chosen() {
  if (options.all) return acts;
  return options.act.length > 0 ? acts.filter(({ name }) => options.act.includes(name)) : acts.slice(0, 1);
}

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  success: green,
  failure: red,
  cancelled: red,
};

function watching(): Watching {
  return {
    approve,
    onJob: (job, state, detail = '') => {
      if (state === 'queued') return;
      const paint = COLOURS[detail] ?? dim;
      say(`  ${job.padEnd(22)} ${state === 'completed' ? paint(detail) : `${dim(state)} ${detail}`}`);
    },
    onLine: (job, line) => {
      if (options.verbose || /^(error|warning): /.test(line)) say(dim(`    ${job}: ${line}`));
    },
  };
}

/** Asks at the terminal; `--approve` is a person who always agrees. */
const approve: Approve = async ({ environment, job, reviewers }) => {
  if (options.approve) return true;
  if (!process.stdin.isTTY) {
    say(red(`    ${environment} asks ${reviewers.join(', ')}, and there is no terminal: give --approve`));
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Approve ${job} (as ${reviewers.join(' or ')})? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
};

process.exitCode = (await main()) ? 0 : 1;
