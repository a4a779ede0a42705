import type { Manifest } from '../../manifest/index.ts';
import type { EmbeddedAws } from '../aws/server.ts';
import { byKey, type SignIn } from '../release/sign-in.ts';
import { type Clients, createClients, present } from './clients.ts';
import { createNetwork } from './network.ts';
import { createServices } from './services.ts';

/** A production-like environment, live: every service serves its first version. */
export interface Environment {
  name: string;
  clients: Clients;
  /** Where users reach the gateway. */
  gatewayUrl: string;
  roleArn: (name: string) => string;
  /** How a release signs in to it. */
  signIn: SignIn;
}

export interface EnvironmentOptions {
  aws: EmbeddedAws;
  manifest: Manifest;
  name: string;
  cacheUrl: string;
  /** service → repository@digest of the first version. */
  images: Readonly<Record<string, string>>;
}

/** Creates the environment by AWS's API, and answers once every service is steady. */
export async function createEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { aws, manifest, name, cacheUrl, images } = options;
  const clients = createClients(aws.env);
  const network = await createNetwork(clients, manifest, name);
  const { accountId, region } = aws.kernel;
  await createServices({
    clients,
    manifest,
    environment: name,
    accountId,
    region,
    network,
    images,
    cacheUrl,
  });
  const gateway = Object.keys(manifest.services).find((service) => manifest.services[service]?.public);
  const gatewayUrl = present(network.routes[gateway ?? ''], 'a public service').url;
  await waitUntilServed(gatewayUrl);
  const roleArn = (role: string) => `arn:aws:iam::${accountId}:role/${role}`;
  return { name, clients, gatewayUrl, roleArn, signIn: byKey(clients.sts) };
}

const PATIENCE = 20_000;

/** Polls readiness as a user would see it: every service behind the gateway answers. */
async function waitUntilServed(gatewayUrl: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  let last = 'nothing';
  while (Date.now() < deadline) {
    const answered = await fetch(`${gatewayUrl}/api/v1/status`).catch(() => undefined);
    if (answered?.status === 200) return;
    last = answered ? `${answered.status} ${await answered.text()}` : 'no connection';
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `The environment was not served after ${PATIENCE / 1000} s; last answer: ${last.slice(0, 300)}`,
  );
}

/** service → version, as an environment's gateway sees its services and as it is itself. */
export async function servedVersions({
  gatewayUrl,
}: Pick<Environment, 'gatewayUrl'>): Promise<Record<string, string>> {
  const response = await fetch(`${gatewayUrl}/api/v1/status`);
  const body = (await response.json()) as { services: Record<string, { version: string | null }> };
  const services = Object.entries(body.services).map(([name, { version }]) => [name, version ?? 'down']);
  return { 'api-gateway': response.headers.get('x-pika-version') ?? 'down', ...Object.fromEntries(services) };
}
