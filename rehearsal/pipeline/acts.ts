import type { JobResult } from '../github/runner/result.ts';
import { type Expectation, expectEqual, summarizeVersions } from '../scenario/scenario.ts';
import { type Push, type PushRecord, push, type Watching } from './push.ts';
import { type PipelineStage, servedVersions } from './stage.ts';

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
];

async function approved(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const asked: string[] = [];
  const record = await push(stage, { runId: '101', version: '1.0.0' }, asking(watching, asked));
  return [
    ...(await common(stage, record, { conclusion: 'success', staging: '1.0.0', production: '1.0.0' })),
    expectEqual('asked for approval', asked.join(', '), 'production'),
    expectEqual('smoke tests on green', output(record, 'production', 'green'), 'pass'),
    expectEqual('smoke tests on production', output(record, 'production', 'verdict'), 'pass'),
    expectEqual(
      'plan that was carried out',
      plannedHashes(record) ? 'the approved one' : 'another',
      'the approved one',
    ),
    expectEqual('GitHub Deployments', deployments(stage), 'production success, staging success'),
  ];
}

async function broken(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const asked: string[] = [];
  const pushed: Push = { runId: '102', version: '2.0.0', faults: { search: 'errors:1' } };
  const record = await push(stage, pushed, asking(watching, asked));
  return [
    ...(await common(stage, record, { conclusion: 'failure', staging: '1.0.0', production: '1.0.0' })),
    expectEqual('asked for approval', asked.join(', ') || 'nobody', 'nobody'),
    expectEqual('smoke tests on green', output(record, 'staging', 'green'), 'fail'),
    expectEqual('outcome on staging', output(record, 'staging', 'outcome'), 'rolled-back'),
  ];
}

async function refused(stage: PipelineStage, watching: Watching): Promise<Expectation[]> {
  const record = await push(
    stage,
    { runId: '103', version: '3.0.0' },
    { ...watching, approve: async () => false },
  );
  return common(stage, record, { conclusion: 'failure', staging: '3.0.0', production: '1.0.0' });
}

function asking(watching: Watching, asked: string[]): Watching {
  return {
    ...watching,
    approve: (request) => {
      asked.push(request.environment);
      return watching.approve(request);
    },
  };
}

async function common(
  stage: PipelineStage,
  { run, traffic }: PushRecord,
  expected: { conclusion: string; staging: string; production: string },
): Promise<Expectation[]> {
  const versions = async (name: 'staging' | 'production') =>
    summarizeVersions(await servedVersions(stage[name]));
  return [
    expectEqual('release.yml', run.conclusion, expected.conclusion),
    expectEqual('staging serves', await versions('staging'), `${ALL} × ${expected.staging}`),
    expectEqual('production serves', await versions('production'), `${ALL} × ${expected.production}`),
    expectEqual('requests of users lost', lost(traffic), '0'),
  ];
}

/** `0`, or how many and how: `2 (502, ECONNRESET)`. */
function lost({ failed, byResult }: PushRecord['traffic']): string {
  const ways = Object.keys(byResult).filter((result) => !/^[1-4]\d\d$/.test(result));
  return failed === 0 ? '0' : `${failed} (${ways.join(', ')})`;
}

function jobOf({ run }: PushRecord, id: string): JobResult | undefined {
  return run.jobs.find((job) => job.id === id);
}

function output(record: PushRecord, job: string, name: string): string {
  return jobOf(record, job)?.outputs[name] ?? '';
}

/** Whether production prepared the plan whose hash its approver saw. */
function plannedHashes(record: PushRecord): boolean {
  const seen = output(record, 'plan', 'hash');
  const [deploy] = jobOf(record, 'production')?.called ?? [];
  const prepared = deploy?.steps.find(({ id }) => id === 'prepare')?.outputs['plan-hash'];
  return seen !== '' && seen === prepared;
}

/** The last state of each environment's newest GitHub Deployment. */
function deployments({ api }: PipelineStage): string {
  return api.state.deployments
    .map(({ environment, statuses }) => `${environment} ${statuses[0]?.state ?? 'none'}`)
    .sort()
    .join(', ');
}
