import { join } from 'node:path';
import { environmentNames, type Manifest } from '../../manifest/index.ts';
import type { EmbeddedAws } from '../aws/server.ts';
import type { Environment } from '../environment/environment.ts';
import { readAction } from '../github/action-metadata.ts';
import { type ActionResult, asJavaScript, runAction } from '../github/run-action.ts';
import { type KnownDeployment, readDeployments } from '../report/collect/deployments.ts';
import { countTraffic, type Traffic, type TrafficCounts } from '../traffic/traffic.ts';

/** What one release did, as far as anybody outside of the action can see. */
export interface ReleaseRecord {
  version: string;
  runId: string;
  runAttempt: number;
  /** Services that were built for it; the others have the images that they had. */
  built: readonly string[];
  /** The release as a whole, as if it were one action. */
  action: ActionResult;
  /** Its steps, each an action by its name. */
  steps: readonly { name: string; result: ActionResult }[];
  /** Users' requests from its start to its end. */
  traffic: TrafficCounts;
  deployments: readonly KnownDeployment[];
  startedAt: number;
  seconds: number;
}

export interface ReleaseOptions {
  root: string;
  aws: EmbeddedAws;
  environment: Environment;
  manifest: Manifest;
  traffic: Traffic;
  temporary: string;
  version: string;
  images: Readonly<Record<string, string>>;
  built: readonly string[];
  runId: string;
  runAttempt?: number;
  signal?: AbortSignal;
  onLine: (line: string) => void;
}

/** Runs a bundled action by its name, as the next step of the job. */
export type RunStep = (action: string, inputs: Readonly<Record<string, string>>) => Promise<ActionResult>;

/** The steps of a release; what they answer is the release's own outcome. */
export type Play = (step: RunStep, options: ReleaseOptions) => Promise<ActionResult>;

/** Plays a release's steps, each as GitHub runs it, and records what anybody could see of them. */
export async function recordRelease(options: ReleaseOptions, play: Play): Promise<ReleaseRecord> {
  const { root, aws, traffic } = options;
  const firstOutcome = traffic.outcomes.length;
  const session = await signInToRelease(options);
  const startedAt = Date.now();
  const steps: ReleaseRecord['steps'][number][] = [];
  const step: RunStep = async (name, inputs) => {
    const result = await runAction(asJavaScript(readAction(join(root, 'actions', name))), {
      inputs,
      environment: { ...jobVariables(options), ...aws.env, ...session.environment },
      temporary: join(options.temporary, `${options.runId}-${options.runAttempt ?? 1}`),
      workspace: root,
      onLine: options.onLine,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    steps.push({ name, result });
    return result;
  };
  const action = await play(step, options);
  await traffic.settled();
  return {
    version: options.version,
    runId: options.runId,
    runAttempt: options.runAttempt ?? 1,
    built: options.built,
    action,
    steps,
    traffic: countTraffic(traffic.outcomes.slice(firstOutcome)),
    deployments: await readDeployments(aws.kernel, startedAt, Date.now()),
    startedAt,
    seconds: (Date.now() - startedAt) / 1000,
  };
}

function signInToRelease({ environment, manifest, runId, runAttempt }: ReleaseOptions) {
  const role = environment.roleArn(environmentNames(manifest, environment.name).deployRole);
  return environment.signIn(role, `release-${runId}-${runAttempt ?? 1}`);
}

function jobVariables({ runId, runAttempt }: ReleaseOptions): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_REPOSITORY: 'pika/pika',
    GITHUB_REPOSITORY_OWNER: 'pika',
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_NUMBER: runId,
    GITHUB_RUN_ATTEMPT: String(runAttempt ?? 1),
    GITHUB_WORKFLOW: 'release',
    GITHUB_JOB: 'production',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_ACTOR: 'developer',
    GITHUB_SERVER_URL: 'https://github.com',
  };
}
