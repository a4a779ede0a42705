import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { buildVersion } from '../build/version.ts';
import { startCache } from '../cache/server.ts';
import { createEnvironment, type Environment } from '../environment/environment.ts';
import { type GitHubApi, startGitHubApi } from '../github/api/api.ts';
import { TOKEN } from '../github/runner/frame.ts';
import type { WorkflowResult } from '../github/runner/result.ts';
import { startTraffic, type Traffic } from '../traffic/traffic.ts';

/** One real second is this many of AWS's. */
const TIME_SCALE = 30;
/** Requests of users a second. */
const RATE = 100;

/** AWS with both environments, GitHub's API, and users in production. */
export interface PipelineStage {
  /** The rehearsed repository. */
  root: string;
  aws: EmbeddedAws;
  api: GitHubApi;
  staging: Environment;
  production: Environment;
  traffic: Traffic;
  temporary: string;
  /** Every run of a workflow so far. */
  runs: WorkflowResult[];
  stop(): Promise<void>;
}

/** @param log receives a line for whatever a person who watches would like to know. */
export async function startStage(root: string, log: (line: string) => void): Promise<PipelineStage> {
  const temporary = mkdtempSync(join(tmpdir(), 'pika-pipeline-'));
  mkdirSync(join(temporary, 'artifacts'));
  const manifest = loadManifest(join(root, 'pika.yml'));
  const cache = await startCache();
  const api = await startGitHubApi({ tokens: new Set([TOKEN]) });
  const aws = await startAws({ timeScale: TIME_SCALE, log: (line) => log(`aws: ${line}`) });
  const { images } = await buildVersion({
    workspace: root,
    version: { number: '0.0.0' },
    credentials: aws.env,
    temporary,
  });
  const common = { aws, manifest, cacheUrl: cache.url, images };
  const production = await createEnvironment({ ...common, name: 'production' });
  const staging = await createEnvironment({ ...common, name: 'staging' });
  const traffic = startTraffic({ rate: RATE, url: production.gatewayUrl, next: nextRequest() });
  return {
    root,
    aws,
    api,
    staging,
    production,
    traffic,
    temporary,
    runs: [],
    stop: async () => {
      await traffic.stop();
      await aws.stop();
      await api.stop();
      await cache.stop();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** What users do, over and over. */
function nextRequest(): () => string {
  const paths = ['/api/v1/listings?limit=5', '/api/v1/search?q=bike', '/api/v1/listings'];
  let index = 0;
  return () => paths[index++ % paths.length] ?? '/';
}

/** service → version, as an environment's gateway sees its services and as it is itself. */
export async function servedVersions({ gatewayUrl }: Environment): Promise<Record<string, string>> {
  const response = await fetch(`${gatewayUrl}/api/v1/status`);
  const body = (await response.json()) as { services: Record<string, { version: string | null }> };
  const services = Object.entries(body.services).map(([name, { version }]) => [name, version ?? 'down']);
  return { 'api-gateway': response.headers.get('x-pika-version') ?? 'down', ...Object.fromEntries(services) };
}
