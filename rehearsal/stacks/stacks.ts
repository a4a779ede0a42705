import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/index.ts';
import type { EmbeddedAws } from '../aws/server.ts';
import { createClients } from '../environment/clients.ts';
import { type AssemblyStack, stacksOf } from './assembly.ts';
import { type Cdk, cdk } from './cdk.ts';
import { type DeployedEnvironment, reach } from './reach.ts';

export interface StacksOptions {
  aws: EmbeddedAws;
  /** Folder of the repository: its `pika.yml` names the product, its `aws-cdk` is the CLI. */
  root: string;
  /** Folder of the synthesized cloud assembly: `cdk.out`. */
  assembly: string;
  /** Which environments of the manifest. */
  environments: readonly string[];
  /** Receives every line of the CLI. */
  log: (line: string) => void;
  /** Pushes the images with the tag `bootstrap`; called as soon as there are repositories. */
  images: () => Promise<void>;
}

/** Stacks that the CLI works on at the same time; what is waited for is mostly its own start. */
const CONCURRENCY = 6;

/**
 * The first deploy of an account, steps 4 to 6 of docs/setup.md, by the CDK's own CLI: the account's stack,
 * a bootstrap for each environment, and everything of the environments.
 * @throws Error with what the CLI said last
 */
export async function deployStacks(options: StacksOptions): Promise<DeployedEnvironment[]> {
  const { aws, root, assembly, environments, log, images } = options;
  const manifest = loadManifest(join(root, 'pika.yml'));
  const { product } = manifest;
  const home = await mkdtemp(join(tmpdir(), 'cdk-home-'));
  const tool: Cdk = { root, assembly, log, env: { ...aws.env, HOME: home } };
  const stacks = stacksOf(assembly);
  const named = (prefix: string) => stacks.filter(({ name }) => name.startsWith(`${product}-${prefix}`));
  const policy = (name: string) => `arn:aws:iam::${aws.kernel.accountId}:policy/${name}`;
  try {
    const account = named('account');
    await bootstrap(tool, aws.kernel.accountId, account, 'arn:aws:iam::aws:policy/AdministratorAccess');
    await deploy(tool, account);
    await Promise.all([
      images(),
      ...environments.map((name) =>
        bootstrap(tool, aws.kernel.accountId, named(`${name}-`), policy(`${product}-${name}-execution`)),
      ),
    ]);
    await deploy(
      tool,
      environments.flatMap((name) => named(`${name}-`)),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  const { loadBalancing } = createClients(aws.env);
  return Promise.all(environments.map((name) => reach(loadBalancing, manifest, name)));
}

/** One bootstrap is for all regions of the stacks that are deployed by it. */
async function bootstrap(
  tool: Cdk,
  accountId: string,
  stacks: readonly AssemblyStack[],
  executionPolicy: string,
): Promise<void> {
  const qualifiers = [...new Set(stacks.map(({ qualifier }) => qualifier))];
  for (const qualifier of qualifiers) {
    const regions = new Set(
      stacks.filter((stack) => stack.qualifier === qualifier).map(({ region }) => region),
    );
    const places = [...regions].map((region) => `aws://${accountId}/${region}`);
    const its = ['--qualifier', qualifier, '--toolkit-stack-name', `CDKToolkit-${qualifier}`];
    await cdk(tool, 'bootstrap', ...places, ...its, '--cloudformation-execution-policies', executionPolicy);
  }
}

async function deploy(tool: Cdk, stacks: readonly AssemblyStack[]): Promise<void> {
  const names = stacks.map(({ name }) => name);
  const how = ['--require-approval', 'never', '--exclusively', '--concurrency', String(CONCURRENCY)];
  await cdk(tool, 'deploy', ...names, ...how);
}
