/**
 * `npm run rehearse -- --workflow [--approve] [--all | --act NAME] [--verbose]`: release.yml as it is, from a push to
 * production; with --all also what goes wrong, and the other ways in (acts.ts). Exit code 0 only when everything held.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Approve } from '../github/runner/repository.ts';
import { standIns } from '../github/stand-ins/stand-ins.ts';
import { collectAct } from '../report/collect/act.ts';
import { writeReports } from '../report/collect/report.ts';
import { collectStandIns } from '../report/collect/stand-ins.ts';
import type { ActReport } from '../report/json.ts';
import { bold, dim, expectationTable, green, red } from '../report/terminal.ts';
import { type Act, acts as allActs } from './acts.ts';
import { type PipelineStage, startStage } from './stage.ts';
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
    const setup = [{ name: 'both environments, by AWS’s API', startsAt: 0, seconds: seconds() }];
    const acts: ActReport[] = [];
    for (const act of chosen()) acts.push(await perform(stage, act));
    const { held } = writeReports(join(root, 'rehearsal', 'out'), {
      aws: stage.aws,
      origin: started,
      setup,
      acts,
      standIns: collectStandIns(standIns),
    });
    console.log(`\n${expectationTable(acts)}\n`);
    console.log(
      `${held ? green('Everything held') : red('Not everything held')}, in ${seconds().toFixed(1)} s. Report: rehearsal/out/report.html`,
    );
    return held;
  } finally {
    await stage.stop();
  }
}

async function perform(stage: PipelineStage, { name, story, play }: Act): Promise<ActReport> {
  say(bold(`${name}: ${story}`));
  const from = Date.now();
  const before = stage.runs.length;
  const expectations = await play(stage, watching());
  return collectAct({
    name,
    story,
    expectations,
    runs: stage.runs.slice(before),
    aws: stage.aws.kernel,
    traffic: stage.traffic,
    origin: started,
    from,
    to: Date.now(),
  });
}

/** The first; `--all` of them; or, while one of them is worked on, those that `--act` names. */
function chosen() {
  if (options.all) return allActs;
  return options.act.length > 0
    ? allActs.filter(({ name }) => options.act.includes(name))
    : allActs.slice(0, 1);
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
