import type { Kernel } from '../../aws/kernel/aws.ts';
import type { WorkflowResult } from '../../github/runner/result.ts';
import type { Expectation } from '../../scenario/scenario.ts';
import type { Traffic } from '../../traffic/traffic.ts';
import type { ActReport } from '../json.ts';
import { collectReleases, readDeployments, realTime } from './deployments.ts';
import { collectRun } from './run.ts';
import { secondsSince } from './seconds.ts';
import { collectTraffic } from './traffic.ts';

/** Everything that is known of an act when it is over. Moments are milliseconds since 1970. */
export interface PlayedAct {
  name: string;
  story: string;
  expectations: readonly Expectation[];
  runs: readonly WorkflowResult[];
  aws: Pick<Kernel, 'invoke' | 'clock'>;
  traffic?: Pick<Traffic, 'startedAt' | 'outcomes' | 'settled'>;
  /** When the rehearsal began: the report counts from there. */
  origin: number;
  from: number;
  to: number;
}

/**
 * An act as the report shows it. It is asked for right after the act, while the files that the run's outputs name are
 * there and AWS still knows the deployments.
 */
export async function collectAct(act: PlayedAct): Promise<ActReport> {
  const { name, story, expectations, aws, origin, from, to } = act;
  const deployments = await readDeployments(aws, from, to);
  await act.traffic?.settled();
  const traffic = act.traffic ? collectTraffic(act.traffic, from, to, origin) : undefined;
  return {
    name,
    story,
    startsAt: secondsSince(origin, from),
    seconds: secondsSince(from, to),
    expectations,
    runs: act.runs.map((run) => collectRun(run, origin)),
    releases: collectReleases(deployments, realTime(aws), origin),
    ...(traffic ? { traffic } : {}),
  };
}
