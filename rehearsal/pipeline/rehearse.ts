import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowFaults } from '../github/check.ts';
import { standIns } from '../github/stand-ins/stand-ins.ts';
import { collectAct } from '../report/collect/act.ts';
import { writeReports } from '../report/collect/report.ts';
import { collectStandIns, databaseStandIn, notRehearsed } from '../report/collect/stand-ins.ts';
import type { ActReport, Report, SetupPhase } from '../report/json.ts';
import { bold, conclusion, dim, faultList, green, red } from '../report/terminal.ts';
import { endedBy } from '../scenario/scenario.ts';
import { type Act, acts as allActs } from './acts.ts';
import { failures } from './failures.ts';
import { alwaysAgree, askAtTerminal } from './person.ts';
import { REPOSITORY } from './repository.ts';
import { type PipelineStage, startStage } from './stage.ts';
import type { Watching } from './start.ts';

export interface PipelineOptions {
  /** Nobody is asked: whoever must approve agrees. */
  approve: boolean;
  /** Every act there is. */
  all: boolean;
  /** Only these acts. */
  act: readonly string[];
  /** Every line of every job. */
  verbose: boolean;
}

/** Names of the acts that may be asked for. */
export const actNames: readonly string[] = [...allActs, ...failures].map(({ name }) => name);

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'rehearsal', 'out');
const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
const say = (line: string) => console.log(`${dim(`${seconds().toFixed(1).padStart(5)} s`)}  ${line}`);

/**
 * The whole: both environments from their stacks, `release.yml` from a push through staging and a person's approval
 * to production, and what goes wrong, under users' traffic and with the roles' own permissions.
 * @returns whether everything held
 */
export async function rehearsePipeline(options: PipelineOptions): Promise<boolean> {
  // What GitHub would not start is said at once, and not after an account was made for it.
  const faults = await workflowFaults({ fullName: REPOSITORY.fullName, folder: root }, standIns);
  if (faults.length > 0) {
    console.error(faultList(faults));
    return false;
  }
  say('An account, two environments and a repository are made ready.');
  const onPhase = ({ name, seconds: took }: SetupPhase) => say(`  ${name} ${dim(`in ${took.toFixed(1)} s`)}`);
  const stage = await startStage({ root, out, origin: started, onPhase });
  try {
    for (const limit of notRehearsed(stage.aws.postgres)) say(limit);
    say(`Production serves its users at ${stage.production.gatewayUrl}; AWS answers at ${stage.aws.url}.`);
    const played: ActReport[] = [];
    for (const act of chosen(options)) {
      played.push(await perform(stage, act, options));
      // After each: a rehearsal that is ended half-way leaves what it has seen.
      report(stage, played);
    }
    const whole = report(stage, played);
    console.log(conclusion(whole));
    return whole.held;
  } finally {
    await stage.stop();
  }
}

/** The release and what goes wrong with it; all; or, while one of them is worked on, those that are named. */
function chosen({ all, act }: PipelineOptions): readonly Act[] {
  if (act.length > 0) return [...allActs, ...failures].filter(({ name }) => act.includes(name));
  return [...(all ? allActs : allActs.slice(0, 1)), ...failures];
}

async function perform(stage: PipelineStage, act: Act, options: PipelineOptions): Promise<ActReport> {
  const { name, story, play } = act;
  say(bold(`${name}: ${story}`));
  const from = Date.now();
  const before = stage.runs.length;
  const expectations = await play(stage, watching(options)).catch(endedBy);
  const failed = expectations.filter(({ holds }) => !holds);
  say(failed.length === 0 ? green('as expected') : red(failed.map(({ what }) => what).join(', ')));
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

function report({ aws, setup }: PipelineStage, acts: readonly ActReport[]): Report {
  return writeReports(out, {
    aws,
    origin: started,
    setup,
    acts,
    standIns: [...collectStandIns(standIns), databaseStandIn(aws.postgres)],
    notRehearsed: notRehearsed(aws.postgres),
  });
}

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  success: green,
  failure: red,
  cancelled: red,
};

/** @returns what a person who watches sees, and how that person answers. */
function watching({ approve, verbose }: PipelineOptions): Watching {
  return {
    // Where there is no terminal there is nobody to ask.
    approve: approve || !process.stdin.isTTY ? alwaysAgree((line) => say(`  ${line}`)) : askAtTerminal,
    onJob: (job, state, detail = '') => {
      if (state === 'queued') return;
      const paint = COLOURS[detail] ?? dim;
      say(`  ${job.padEnd(22)} ${state === 'completed' ? paint(detail) : `${dim(state)} ${detail}`}`);
    },
    onLine: (job, line) => {
      if (verbose || /^(error|warning): /.test(line)) say(dim(`    ${job}: ${line}`));
    },
  };
}
