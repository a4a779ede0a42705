import { environmentNames, type Manifest } from '../../manifest/index.ts';
import type { EmbeddedAws } from '../aws/server.ts';
import { buildVersion, type Version } from '../build/version.ts';
import type { Environment } from '../environment/environment.ts';
import { inOneStep } from '../release/plays.ts';
import { type Play, type ReleaseRecord, recordRelease } from '../release/release.ts';
import type { Traffic } from '../traffic/traffic.ts';

/** Everything that the scenarios play on. */
export interface Stage {
  root: string;
  aws: EmbeddedAws;
  manifest: Manifest;
  environment: Environment;
  traffic: Traffic;
  temporary: string;
  /** The checkout that is built. */
  workspace: string;
  /** A line of a release's log, as it comes. */
  onLine: (line: string) => void;
}

export interface ReleaseChoice {
  version: Version;
  runId: string;
  runAttempt?: number;
  signal?: AbortSignal;
  /** In one step with a short bake, unless said otherwise. */
  play?: Play;
}

/** Builds a version and releases it. */
export async function releaseVersion(stage: Stage, choice: ReleaseChoice): Promise<ReleaseRecord> {
  const { workspace, temporary, aws } = stage;
  const { images, changed } = await buildVersion({
    workspace,
    temporary,
    version: choice.version,
    credentials: aws.env,
  });
  stage.onLine(`built: ${changed.join(', ') || 'nothing'}`);
  const options = {
    ...stage,
    version: choice.version.number,
    images,
    built: changed,
    runId: choice.runId,
    ...(choice.runAttempt ? { runAttempt: choice.runAttempt } : {}),
    ...(choice.signal ? { signal: choice.signal } : {}),
  };
  return recordRelease(options, choice.play ?? inOneStep('2s'));
}

const ALARM_PATIENCE = 20_000;

/**
 * A release over a firing alarm of its deployment groups is refused: waits, as an operator would, until what failed
 * before is over. What users have lost of the hour's objective goes on firing, and holds nothing up.
 */
export async function alarmsAreQuiet({ environment, manifest }: Stage): Promise<void> {
  const { cloudWatch, codeDeploy } = environment.clients;
  const { deploymentGroupsInfo = [] } = await codeDeploy.batchGetDeploymentGroups({
    applicationName: environmentNames(manifest, environment.name).application,
    deploymentGroupNames: Object.keys(manifest.services),
  });
  const watched = new Set(
    deploymentGroupsInfo
      .flatMap(({ alarmConfiguration }) => alarmConfiguration?.alarms ?? [])
      .map(({ name }) => name),
  );
  const deadline = Date.now() + ALARM_PATIENCE;
  for (;;) {
    const { MetricAlarms = [] } = await cloudWatch.describeAlarms({ StateValue: 'ALARM' });
    const firing = MetricAlarms.map(({ AlarmName }) => AlarmName).filter((name) => watched.has(name));
    if (firing.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`still firing after ${ALARM_PATIENCE / 1000} s: ${firing.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
