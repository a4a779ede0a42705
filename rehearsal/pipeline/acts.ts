import { servedVersions } from '../environment/environment.ts';
import type { JobResult } from '../github/runner/result.ts';
import { type Expectation, expectEqual, summarizeVersions } from '../scenario/scenario.ts';
import { createExampleRole } from './example-role.ts';
import type { PipelineStage } from './stage.ts';
import { dispatch, push, type RunRecord, type Watching } from './start.ts';

/** One push, and what must be true of it. */
export interface Act {
  name: string;
  story: string;
  play: (stage: PipelineStage, watching: Watching) => Promise<Expectation[]>;
}

const ALL = 7;

/** In order: each begins with what the one before left. */
export const acts: readonly Act[] = [
  {
    name: 'approved',
    story: 'a push goes through staging, is approved, and reaches production',
    play: approved,
  },
  { name: 'broken', story: 'the smoke tests on green refuse what would have failed its users', play: broken },
  { name: 'refused', story: 'the approver refuses what staging accepted', play: refused },
  { name: 'held', story: 'without reviewers it waits at the ready gate for approve.yml', play: held },
  { name: 'rollback', story: 'rollback.yml goes back to the first release', play: rolledBack },
  { name: 'root-action', story: 'the example with the root action releases to production', play: rootAction },
  {
    name: 'cancelled-run',
    story: 'a run is cancelled half-way to production, then run again',
    play: cancelled,
  },
];

async function approved(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const asked: string[] = [];
  const record = await push(stage, { runId: '101', version: '1.0.0' }, asking(watching, asked));
  return [
    ...(await common(stage, record, { conclusion: 'success', staging: 'succeeded', production: '1.0.0' })),
    expectEqual('asked for approval', asked.join(', '), 'production'),
    expectEqual('shown of the stacks', shownOfTheStacks(record), 'no stack changes'),
    expectEqual('smoke tests on green', output(record, 'production', 'green'), 'pass'),
    expectEqual('smoke tests on production', output(record, 'production', 'verdict'), 'pass'),
    expectEqual('requests that the probe lost', lostByProbe(record, 'production'), '0'),
    expectEqual('plan that was carried out', planCarriedOut(record), 'the approved one'),
    expectEqual('GitHub Deployments', deployments(stage), 'production success, staging success'),
  ];
}

async function broken(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const asked: string[] = [];
  const pushed = { runId: '102', version: '2.0.0', faults: { search: 'errors:1' } };
  const record = await push(stage, pushed, asking(watching, asked));
  return [
    ...(await common(stage, record, { conclusion: 'failure', staging: 'rolled-back', production: '1.0.0' })),
    expectEqual('asked for approval', asked.join(', ') || 'nobody', 'nobody'),
    expectEqual('smoke tests on green', output(record, 'staging', 'green'), 'fail'),
  ];
}

async function refused(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const record = await push(
    stage,
    { runId: '103', version: '3.0.0' },
    { ...watching, approve: async () => false },
  );
  return common(stage, record, { conclusion: 'failure', staging: 'succeeded', production: '1.0.0' });
}

/** Where GitHub offers no required reviewers: somebody whom the manifest does not name, then somebody whom it names. */
async function held(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const waiting = await push(
    stage,
    { runId: '104', version: '4.0.0', variables: { APPROVAL: 'ready-gate' }, reviewers: [] },
    watching,
  );
  const between = summarizeVersions(await servedVersions(stage.production));
  const approve = (runId: string, actor: string) =>
    dispatch(
      stage,
      {
        runId,
        path: '.github/workflows/approve.yml',
        actor,
        inputs: { run: '104', decision: 'commit', reason: 'staging is fine' },
      },
      watching,
    );
  const stranger = await approve('105', 'mallory');
  const approver = await approve('106', 'lead');
  return [
    expectEqual('release.yml', output(waiting, 'production', 'outcome'), 'prepared'),
    expectEqual('production serves meanwhile', between, `${ALL} × 1.0.0`),
    expectEqual('lost by its probe', lostByProbe(waiting, 'production'), '0'),
    expectEqual('approve.yml by a stranger', stranger.run.conclusion, 'failure'),
    expectEqual('lost by the probe of approve.yml', lostByProbe(approver, 'decide'), '0'),
    ...(await common(stage, approver, { conclusion: 'success', production: '4.0.0' })),
  ];
}

async function rolledBack(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const back = (runId: string, run: string) =>
    dispatch(
      stage,
      {
        runId,
        path: '.github/workflows/rollback.yml',
        actor: 'developer',
        inputs: { environment: 'production', run, reason: 'users report errors' },
      },
      watching,
    );
  const toFailed = await back('107', '102');
  const record = await back('108', '101');
  return [
    expectEqual('back to a release that failed', toFailed.run.conclusion, 'failure'),
    ...(await common(stage, record, { conclusion: 'success', production: '1.0.0' })),
  ];
}

async function rootAction(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const record = await push(
    stage,
    {
      runId: '109',
      version: '5.0.0',
      path: 'examples/root-action/.github/workflows/release.yml',
      // The product's own role admits the product's own workflows only.
      variables: { DEPLOY_ROLE: await createExampleRole(stage) },
      reviewers: [],
    },
    watching,
  );
  return [
    expectEqual('outcome', output(record, 'release', 'outcome'), 'succeeded'),
    ...(await common(stage, record, { conclusion: 'success', production: '5.0.0' })),
  ];
}

async function cancelled(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const person = new AbortController();
  const pushed = { runId: '110', version: '6.0.0' };
  const before = summarizeVersions(await servedVersions(stage.production));
  const first = await push(stage, pushed, cancelHalfWay(stage, watching, person));
  const between = summarizeVersions(await servedVersions(stage.production));
  const second = await push(stage, { ...pushed, runAttempt: 2 }, watching);
  return [
    expectEqual('release.yml at first', first.run.conclusion, 'cancelled'),
    expectEqual('production serves then', between, before),
    expectEqual('requests of users lost then', lost(first.traffic), '0'),
    ...(await common(stage, second, { conclusion: 'success', staging: 'succeeded', production: '6.0.0' })),
  ];
}

/** Cancels once all of production's deployments are created, and green comes up. */
function cancelHalfWay({ aws }: PipelineStage, watching: Watching, person: AbortController): Watching {
  let from: number | undefined;
  const created = () =>
    aws.kernel.calls.slice(from).filter(({ operation }) => operation === 'CreateDeployment').length;
  return {
    ...watching,
    signal: person.signal,
    onJob: (job, state, detail) => {
      watching.onJob(job, state, detail);
      if (job === 'production / deploy' && state === 'in_progress') from = aws.kernel.calls.length;
    },
    onLine: (job, line) => {
      watching.onLine(job, line);
      if (from !== undefined && !person.signal.aborted && created() >= ALL) person.abort();
    },
  };
}

function asking(watching: Watching, asked: string[]): Watching {
  return {
    ...watching,
    approve: async (request) => {
      const agreed = await watching.approve(request);
      asked.push(agreed ? request.environment : `${request.environment}, refused`);
      return agreed;
    },
  };
}

async function common(
  stage: PipelineStage,
  record: RunRecord,
  expected: { conclusion: string; staging?: string; production: string },
): Promise<Expectation[]> {
  const { run, traffic } = record;
  const serving = summarizeVersions(await servedVersions(stage.production));
  return [
    expectEqual(run.path.split('/').pop() ?? '', run.conclusion, expected.conclusion),
    ...(expected.staging ? await onStaging(stage, record, expected.staging) : []),
    expectEqual('production serves', serving, `${ALL} × ${expected.production}`),
    expectEqual('requests of users lost', lost(traffic), '0'),
  ];
}

/** Staging was woken for the release, and costs nothing by the hour when it is over. */
async function onStaging({ staging }: PipelineStage, record: RunRecord, outcome: string) {
  const answer = await fetch(`${staging.gatewayUrl}/health`);
  return [
    expectEqual('staging was woken', jobOf(record, 'wake')?.conclusion ?? 'not there', 'success'),
    expectEqual('release to staging', output(record, 'staging', 'outcome'), outcome),
    expectEqual('staging afterwards', answer.ok ? 'awake' : 'asleep', 'asleep'),
  ];
}

/** `0`, or how many and how: `2 (502, ECONNRESET)`. Where nobody asked, nobody knows. */
function lost({ sent, failed, byResult }: RunRecord['traffic']): string {
  if (sent === 0) return 'nobody asked';
  const ways = Object.keys(byResult).filter((result) => !/^[1-4]\d\d$/.test(result));
  return failed === 0 ? '0' : `${failed} (${ways.join(', ')})`;
}

function jobOf({ run }: RunRecord, id: string): JobResult | undefined {
  return run.jobs.find((job) => job.id === id);
}

function output(record: RunRecord, job: string, name: string): string {
  return jobOf(record, job)?.outputs[name] ?? '';
}

/** What the approver reads about production's stacks. */
function shownOfTheStacks(record: RunRecord): string {
  return /^\| stacks \| (.*) \|$/m.exec(jobOf(record, 'plan')?.summary ?? '')?.[1] ?? 'nothing';
}

/** Whether production prepared the plan whose hash its approver saw. */
function planCarriedOut(record: RunRecord): string {
  const seen = output(record, 'plan', 'hash');
  const [deploy] = jobOf(record, 'production')?.called ?? [];
  const prepared = deploy?.steps.find(({ id }) => id === 'prepare')?.outputs['plan-hash'];
  if (!prepared) return 'none';
  return seen === prepared ? 'the approved one' : 'another';
}

/** What was measured from before green came up until the end, as the last step of the deploy says it. */
function lostByProbe(record: RunRecord, job: string): string {
  const [deploy = jobOf(record, job)] = jobOf(record, job)?.called ?? [];
  const { sentence = '' } = deploy?.steps.find(({ id }) => id === 'availability')?.outputs ?? {};
  return /: (\d+) of [1-9]\d* requests lost/.exec(sentence)?.[1] ?? (sentence || 'not measured');
}

/** The last state of each environment's newest GitHub Deployment. */
function deployments({ api }: PipelineStage): string {
  return api.state.deployments
    .map(({ environment, statuses }) => `${environment} ${statuses[0]?.state ?? 'none'}`)
    .sort()
    .join(', ');
}
