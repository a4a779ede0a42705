import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { environmentNames, type Manifest, parseManifest } from '../manifest/index.ts';
import { createFaults } from '../rehearsal/aws/fault-plan/faults.ts';
import { createClock } from '../rehearsal/aws/kernel/clock.ts';
import { type EmbeddedAws, startAws } from '../rehearsal/aws/server.ts';
import { buildVersion } from '../rehearsal/build/version.ts';
import { startCache } from '../rehearsal/cache/server.ts';
import { createEnvironment, type Environment } from '../rehearsal/environment/environment.ts';
import { readAction } from '../rehearsal/github/action-metadata.ts';
import { type ActionResult, asJavaScript, runAction } from '../rehearsal/github/run-action.ts';
import { isFailure, startTraffic } from '../rehearsal/traffic/traffic.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const TIME_SCALE = 30;

/** A call of the action. `at` in real milliseconds. */
export interface ActionCall {
  operation: string;
  at: number;
}

export interface ReleaseRun {
  result: ActionResult;
  calls: ActionCall[];
  /** Users' requests that failed meanwhile. */
  lost: number;
  peakMegabytes: number;
}

export interface ReleaseBench {
  release(version: string, options?: { bake?: string; signal?: AbortSignal }): Promise<ReleaseRun>;
  /** When the deployments of the last release were ready, and when they ended, in real milliseconds. */
  endings(): Promise<number[]>;
  /** Deployments that the current release has created so far. */
  created(): number;
  close(): Promise<void>;
}

export interface ReleaseBenchOptions {
  /** The action's calls meet AWS's published request limits, refilled in real time. */
  throttled?: boolean;
  /** Users' requests a second. */
  traffic?: number;
}

/** An environment of that many services, live, and the bundled action to release to it. */
export async function openReleaseBench(
  services: number,
  { throttled = false, traffic: rate = 200 }: ReleaseBenchOptions = {},
): Promise<ReleaseBench> {
  const folder = mkdtempSync(join(tmpdir(), 'pika-bench-'));
  const product = writeProduct(folder, services);
  const cache = await startCache();
  const aws = await startAws({ timeScale: TIME_SCALE });
  const build = async (number: string) => {
    const options = { workspace: folder, version: { number }, credentials: aws.env, temporary: folder };
    return (await buildVersion(options)).images;
  };
  const environment = await createEnvironment({
    aws,
    ...product,
    name: 'production',
    cacheUrl: cache.url,
    images: await build('0.0.0'),
  });
  const traffic = startTraffic({ rate, url: environment.gatewayUrl, next: () => '/api/v1/status' });
  if (throttled) throttleAction(aws);
  const stage = { aws, environment, folder, ...product };
  let last: LastRun = { number: 0, firstCall: 0, principal: '', startedAt: new Date(0) };

  const calls = () =>
    aws.kernel.calls.slice(last.firstCall).filter((call) => call.principal === last.principal);

  return {
    release: async (version, { bake = '2s', signal } = {}) => {
      last = { ...last, firstCall: aws.kernel.calls.length };
      const images = await build(version);
      const session = await assumeRole(stage, last.number + 1);
      last = {
        number: last.number + 1,
        firstCall: aws.kernel.calls.length,
        principal: session.principal,
        startedAt: aws.kernel.clock.now(),
      };
      const before = traffic.outcomes.length;
      const memoryFile = join(folder, `memory-${last.number}`);
      const result = await runAction(blueGreenDeploy(), {
        inputs: {
          phase: 'release',
          manifest: product.manifestFile,
          environment: environment.name,
          images: JSON.stringify(images),
          bake,
        },
        environment: {
          ...session.environment,
          ...hookMemory(memoryFile),
          GITHUB_RUN_ID: String(last.number),
        },
        temporary: join(folder, `run-${last.number}`),
        workspace: folder,
        ...(signal ? { signal } : {}),
      });
      return {
        result,
        calls: calls().map(({ operation, at }) => ({ operation, at: realTime(aws, at) })),
        lost: traffic.outcomes.slice(before).filter(isFailure).length,
        peakMegabytes: peakOf(memoryFile),
      };
    },
    endings: () => endingsSince(stage, last.startedAt),
    created: () => calls().filter(({ operation }) => operation === 'CreateDeployment').length,
    close: async () => {
      await traffic.stop();
      await aws.stop();
      await cache.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface LastRun {
  number: number;
  firstCall: number;
  principal: string;
  startedAt: Date;
}

interface Stage extends Product {
  aws: EmbeddedAws;
  environment: Environment;
  folder: string;
}

const blueGreenDeploy = () => asJavaScript(readAction(join(root, 'actions', 'blue-green-deploy')));

/** Throttles refill in real time, however fast the embedded AWS's clock runs. */
function throttleAction(aws: EmbeddedAws): void {
  const faults = createFaults(createClock(1), { preset: 'aws-published' });
  aws.kernel.intercept((call) =>
    call.principal.arn.includes('/bench-') ? faults.beforeCall(call) : undefined,
  );
}

function realTime({ kernel: { clock } }: EmbeddedAws, simulated: Date): number {
  return Date.now() - (clock.now().getTime() - simulated.getTime()) / clock.scale;
}

async function assumeRole({ aws, environment, manifest }: Stage, run: number) {
  const { Credentials, AssumedRoleUser } = await environment.clients.sts.assumeRole({
    RoleArn: environment.roleArn(environmentNames(manifest, environment.name).deployRole),
    RoleSessionName: `bench-${run}`,
    DurationSeconds: 43_200,
  });
  return {
    principal: AssumedRoleUser?.Arn ?? '',
    environment: {
      ...aws.env,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
      GITHUB_REPOSITORY: 'pika/bench',
      GITHUB_RUN_ATTEMPT: '1',
    },
  };
}

/** Green ready, and the deployment's end: what the action waits for. */
async function endingsSince({ aws, environment }: Stage, start: Date): Promise<number[]> {
  const { codeDeploy } = environment.clients;
  const polls = aws.kernel.calls.filter(
    ({ operation, at }) => operation === 'BatchGetDeployments' && at >= start,
  );
  const { deploymentIds = [] } = (polls.at(-1)?.input ?? {}) as { deploymentIds?: string[] };
  const endings: (Date | undefined)[] = [];
  for (const deploymentId of deploymentIds) {
    const { deploymentInfo } = await codeDeploy.getDeployment({ deploymentId });
    const { targetIds = [] } = await codeDeploy.listDeploymentTargets({ deploymentId });
    const { deploymentTargets = [] } = await codeDeploy.batchGetDeploymentTargets({
      deploymentId,
      targetIds,
    });
    const events = deploymentTargets.flatMap(({ ecsTarget }) => ecsTarget?.lifecycleEvents ?? []);
    const ready = events.find(({ lifecycleEventName }) => lifecycleEventName === 'AfterAllowTestTraffic');
    endings.push(ready?.endTime, deploymentInfo?.completeTime);
  }
  return endings.flatMap((ending) => (ending ? [realTime(aws, ending)] : []));
}

function hookMemory(file: string): Record<string, string> {
  return { MEMORY_FILE: file, NODE_OPTIONS: `--import=${MEMORY_HOOK}` };
}

/** Writes the most memory that a process had, in kilobytes, when it ends. */
const MEMORY_HOOK =
  "data:text/javascript,import{appendFileSync}from'node:fs';process.on('exit',()=>appendFileSync(process.env.MEMORY_FILE,process.resourceUsage().maxRSS+'%5Cn'))";

function peakOf(file: string): number {
  if (!existsSync(file)) return Number.NaN;
  return Math.max(...readFileSync(file, 'utf8').trim().split('\n').map(Number)) / 1024;
}

interface Product {
  manifestFile: string;
  manifest: Manifest;
}

/** A product of that many services, each as small as a service of the marketplace can be. */
function writeProduct(folder: string, count: number): Product {
  const sources = join(folder, 'services');
  cpSync(join(root, 'rehearsal', 'services', 'common'), join(sources, 'common'), { recursive: true });
  const names = Array.from({ length: count }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);
  const services = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        build: { context: 'services', dockerfile: `${name}/Dockerfile` },
        port: 3000,
        listener: { production: 8000 + index, test: 9000 + index },
        ...(index === 0 ? { public: true } : {}),
      },
    ]),
  );
  for (const name of names) {
    mkdirSync(join(sources, name), { recursive: true });
    writeFileSync(join(sources, name, 'Dockerfile'), dockerfileOf(name));
    writeFileSync(
      join(sources, name, 'server.ts'),
      `import { startService } from '../common/service.ts';
const handle = () => ({ status: 200, body: { services: {} } });
startService({ name: '${name}', port: 3000, routes: [{ method: 'GET', path: '/api/v1/status', handle }] });
`,
    );
  }
  const manifestFile = join(folder, 'pika.yml');
  const text = stringify({
    version: 1,
    product: 'bench',
    budget: { monthly: 1000 },
    environments: { production: {} },
    services,
  });
  writeFileSync(manifestFile, text);
  return { manifestFile, manifest: parseManifest(text, manifestFile) };
}

function dockerfileOf(service: string): string {
  return `FROM scratch
ARG VERSION=0.0.0
WORKDIR /app
COPY common ./common
COPY ${service} ./${service}
ENV NODE_ENV=production PIKA_VERSION=$VERSION
CMD ["node", "${service}/server.ts"]
`;
}
