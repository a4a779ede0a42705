import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCloudFront } from './cloudfront/cloudfront.ts';
import { createState as createCloudFrontState } from './cloudfront/state.ts';
import { createKeyValueStores } from './cloudfront-keyvaluestore/cloudfront-keyvaluestore.ts';
import { findPostgres, type Postgres } from './dataplane/database/postgres-binaries.ts';
import { createDockerRuntime } from './dataplane/task/docker-runtime.ts';
import { createProcessRuntime } from './dataplane/task/process-runtime.ts';
import { type PublicImages, withPublicImages } from './dataplane/task/public-images.ts';
import type { TaskRuntime } from './dataplane/task/runtime.ts';
import type { FaultPlan } from './fault-plan/schema.ts';
import { createEnforcement } from './iam/enforcement/enforcement.ts';
import type { PermissionLedger } from './iam/enforcement/ledger.ts';
import { createIam } from './iam/iam.ts';
import { createIdentities } from './iam/state.ts';
import { createKernel, type Kernel } from './kernel/aws.ts';
import { createClock } from './kernel/clock.ts';
import { createRds } from './rds/rds.ts';
import { globalServices, regionalServices } from './services.ts';
import { wireListener } from './wire/listener.ts';

export interface AwsOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** How many simulated seconds pass in one real second; 1 by default. */
  timeScale?: number;
  region?: string;
  accountId?: string;
  /** Receives one line for whatever a person who watches would like to know. */
  log?: (line: string) => void;
  /** Throttling, latency, errors, task crashes and lost capacity to inject; none by default. */
  faultPlan?: FaultPlan;
  /** Judge every call by the policies of its role; false by default, when everybody may do everything. */
  enforceIam?: boolean;
  /** What tasks are: processes, by default, or containers of the Docker engine that `DOCKER_HOST` names. */
  runtime?: RuntimeName;
  /** Images of other registries → `REPOSITORY:TAG` of the embedded one, which is pulled in their place. */
  publicImages?: PublicImages;
  /** What databases are: servers of this machine's PostgreSQL, by default where it has one, or records. */
  postgres?: Postgres;
}

export const runtimeNames = ['process', 'docker'] as const;
export type RuntimeName = (typeof runtimeNames)[number];

export interface EmbeddedAws {
  url: string;
  /** What a client's environment needs so that every SDK, the AWS CLI and cdk talk to this AWS. */
  env: Readonly<Record<string, string>>;
  kernel: Kernel;
  /** What its databases are. */
  postgres: Postgres;
  /** Which permissions were used and what was denied; there when IAM is enforced. */
  permissions?: PermissionLedger;
  /**
   * Where users reach a name that a distribution of CloudFront has, or shall have: `edgeUrl('pika.example')` is
   * `http://127.65.0.1:8080`, and stays it when the distribution goes and another one comes.
   */
  edgeUrl(name: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the embedded AWS. It listens on loopback only; its state lives in memory and ends with it.
 * @throws DockerError when tasks shall be containers and no Docker engine answers.
 */
export async function startAws(options: AwsOptions = {}): Promise<EmbeddedAws> {
  const {
    port = 0,
    timeScale = 1,
    enforceIam = false,
    runtime = 'process',
    publicImages = {},
    postgres = findPostgres(),
    ...identity
  } = options;
  const tasks = withPublicImages(await runtimeNamed(runtime), publicImages);
  let url = '';
  const kernel = createKernel({ ...identity, clock: createClock(timeScale), endpoint: () => url });
  for (const create of globalServices) kernel.register(create(kernel, tasks));
  kernel.registerRegional((aws) => [
    ...regionalServices.map((create) => create(aws, tasks)),
    createRds(aws, postgres),
  ]);
  const identities = createIdentities(kernel);
  kernel.register(createIam(identities));
  const cloudFront = createCloudFrontState(kernel);
  kernel.register(createCloudFront(cloudFront));
  kernel.register(createKeyValueStores(cloudFront));
  const enforcement = enforceIam ? createEnforcement(identities) : undefined;
  if (enforcement) {
    kernel.intercept(enforcement.interceptor);
    kernel.judge(enforcement.judge);
  }
  const server = createServer(wireListener(kernel));
  url = `http://127.0.0.1:${await listen(server, port)}`;
  return {
    url,
    env: clientEnvironment(url, kernel.region),
    kernel,
    postgres,
    ...(enforcement ? { permissions: enforcement.ledger } : {}),
    edgeUrl: (name) => cloudFront.edge.urlOf(name),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await kernel.stop();
    },
  };
}

async function runtimeNamed(name: RuntimeName): Promise<TaskRuntime> {
  return name === 'docker' ? createDockerRuntime(process.env.DOCKER_HOST) : createProcessRuntime();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** The keys are the ones of AWS's documentation: they open nothing anywhere. */
function clientEnvironment(url: string, region: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    // The SDK puts the account's number before this host's name, which an address has none of.
    AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: url.replace('127.0.0.1', 'localhost'),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
