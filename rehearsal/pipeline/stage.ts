import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentNames, loadManifest, type Manifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { checkOut } from '../build/checkout.ts';
import { DATABASE_CLIENT_IMAGES, pushDatabaseClient } from '../build/database-client.ts';
import { buildVersion } from '../build/version.ts';
import { createClients, present } from '../environment/clients.ts';
import type { Environment } from '../environment/environment.ts';
import { type GitHubApi, startGitHubApi } from '../github/api/api.ts';
import { TOKEN } from '../github/runner/frame.ts';
import type { WorkflowResult } from '../github/runner/result.ts';
import { byIdToken } from '../release/sign-in.ts';
import type { SetupPhase } from '../report/json.ts';
import { faultList } from '../report/terminal.ts';
import { deployStacks } from '../stacks/stacks.ts';
import { synthesize } from '../stacks/synthesize.ts';
import { templateFaults } from '../stacks/template-faults.ts';
import { nextRequest } from '../traffic/requests.ts';
import { startTraffic, type Traffic } from '../traffic/traffic.ts';
import { claimsOf } from './repository.ts';

/** One real second is this many of AWS's: a minute of an alarm's metrics takes one. */
const TIME_SCALE = 100;
/** Requests of users a second. */
const RATE = 100;

/** AWS with both environments, GitHub's API, and users in production. */
export interface PipelineStage {
  /** The rehearsed repository. */
  root: string;
  manifest: Manifest;
  aws: EmbeddedAws;
  api: GitHubApi;
  staging: Environment;
  production: Environment;
  /** Where green's test distributions answer. */
  testUrls: Readonly<Record<'staging' | 'production', string>>;
  traffic: Traffic;
  temporary: string;
  /** A checkout of what is built, which a rehearsal may change as a commit would. */
  workspace: string;
  /** What was made ready, and how long it took. */
  setup: readonly SetupPhase[];
  /** Every run of a workflow so far. */
  runs: WorkflowResult[];
  stop(): Promise<void>;
}

export interface StageOptions {
  root: string;
  /** Folder for the logs of AWS and of the CDK's CLI. */
  out: string;
  /** When the rehearsal began, in milliseconds since 1970. */
  origin: number;
  /** Told when something has been made ready. */
  onPhase: (phase: SetupPhase) => void;
}

/** Makes both environments as docs/setup.md does: from the templates, by the CDK's own CLI, by the roles' permissions. */
export async function startStage({ root, out, origin, onPhase }: StageOptions): Promise<PipelineStage> {
  const temporary = mkdtempSync(join(tmpdir(), 'pika-rehearsal-'));
  mkdirSync(join(temporary, 'artifacts'));
  mkdirSync(out, { recursive: true });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const workspace = join(temporary, 'workspace');
  checkOut(root, manifest, workspace);
  const setup: SetupPhase[] = [];
  const phase = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const done = await timed(name, origin, work);
    setup.push(done);
    onPhase(done);
  };

  const api = await startGitHubApi({ tokens: new Set([TOKEN]) });
  const aws = await startAws({
    timeScale: TIME_SCALE,
    enforceIam: true,
    publicImages: DATABASE_CLIENT_IMAGES,
    log: logTo(join(out, 'aws.log')),
  });
  const stop = async () => {
    await aws.stop();
    await api.stop();
    rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const assembly = join(temporary, 'cdk.out');
    await phase('the stacks are synthesized', () => synthesize(root, assembly));
    const faults = await templateFaults(assembly);
    if (faults.length > 0) throw new Error(faultList(faults));
    const build = async () => {
      await pushDatabaseClient(aws);
      await buildVersion({
        workspace,
        version: { number: '0.0.0' },
        tags: 'bootstrap',
        credentials: aws.env,
        temporary,
      });
    };
    await phase('both environments are deployed', () =>
      deployStacks({
        aws,
        root,
        assembly,
        environments: ['production', 'staging'],
        log: logTo(join(out, 'cdk.log')),
        images: () => phase('the services are built', build),
      }),
    );
    const stage = {
      root,
      manifest,
      aws,
      api,
      production: await environmentNamed(aws, manifest, 'production'),
      staging: await environmentNamed(aws, manifest, 'staging'),
      testUrls: await findTestUrls(aws, manifest),
      temporary,
      workspace,
      setup,
      runs: [],
    };
    const traffic = startTraffic({ rate: RATE, url: stage.production.gatewayUrl, next: nextRequest() });
    return { ...stage, traffic, stop: () => traffic.stop().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function timed(name: string, origin: number, work: () => Promise<unknown>): Promise<SetupPhase> {
  const from = Date.now();
  await work();
  return { name, startsAt: (from - origin) / 1000, seconds: (Date.now() - from) / 1000 };
}

/** An environment as its users and its releases reach it. */
async function environmentNamed(aws: EmbeddedAws, manifest: Manifest, name: string): Promise<Environment> {
  const { url = '' } = present(manifest.environments[name], `environment ${name} of the manifest`);
  const clients = createClients(aws.env);
  return {
    name,
    clients,
    // Where its distribution answers, now and after it has slept.
    gatewayUrl: await aws.edgeUrl(new URL(url).hostname),
    roleArn: (role) => `arn:aws:iam::${aws.kernel.accountId}:role/${role}`,
    signIn: byIdToken(clients.sts, claimsOf(name)),
  };
}

async function findTestUrls(aws: EmbeddedAws, manifest: Manifest): Promise<PipelineStage['testUrls']> {
  return {
    staging: await testUrl(aws, manifest, 'staging'),
    production: await testUrl(aws, manifest, 'production'),
  };
}

/** The address of the test distribution, whose name the edge stack tells releases. */
async function testUrl(aws: EmbeddedAws, manifest: Manifest, name: string): Promise<string> {
  const Name = `${environmentNames(manifest, name).testAccessParameters}/url`;
  const { Parameter } = await createClients(aws.env).ssm.getParameter({ Name });
  return aws.edgeUrl(new URL(present(Parameter?.Value, Name)).hostname);
}

function logTo(file: string): (line: string) => void {
  const stream = createWriteStream(file);
  return (line) => void stream.write(`${line}\n`);
}
