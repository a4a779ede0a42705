import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { loadManifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { buildVersion } from '../build/version.ts';
import { createEnvironment, type Environment } from '../environment/environment.ts';
import { type GitHubApi, startGitHubApi } from './api/api.ts';
import type { TriggerEvent } from './runner/repository.ts';
import type { JobResult, WorkflowResult } from './runner/result.ts';
import { runWorkflow } from './runner/run-workflow.ts';
import { standIns } from './stand-ins/stand-ins.ts';

const { jest } = import.meta;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Each release starts tasks, shifts them and asks them: on a machine that does much else, that takes its time. */
jest.setTimeout(120_000);

const SERVER = `
import { createServer } from 'node:http';
const version = process.env.VERSION ?? '0.0.0';
createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'ok', version, services: {} }));
}).listen(Number(process.env.PORT), process.env.HOST ?? '0.0.0.0');
`;
const DOCKERFILE = (service: string, port: number) =>
  `FROM scratch\nARG VERSION=0.0.0\nCOPY ${service} ./${service}\nENV VERSION=$VERSION PORT=${port}\nEXPOSE ${port}\nCMD ["node", "${service}/server.mjs"]\n`;
let folder: string;
let api: GitHubApi;
let aws: EmbeddedAws;
let runs = 500;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pika-examples-'));
  api = await startGitHubApi();
});
afterAll(async () => {
  await api?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Of each its own: they release products of one name.
beforeEach(async () => {
  aws = await startAws({ timeScale: 30 });
});
afterEach(() => aws?.stop());

/** A repository as the example has it, with services that answer every question. */
function repositoryOf(example: string, manifest?: object): string {
  const repository = join(folder, example);
  cpSync(join(root, 'examples', example), repository, { recursive: true });
  if (manifest) writeFileSync(join(repository, 'pika.yml'), stringify(manifest));
  const { services } = loadManifest(join(repository, 'pika.yml'));
  const files = Object.fromEntries(
    Object.entries(services).flatMap(([name, { port }]) => [
      [`${name}/server.mjs`, SERVER],
      [`${name}/Dockerfile`, DOCKERFILE(name, port)],
    ]),
  );
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    writeFileSync(join(repository, name), content);
  }
  return repository;
}

const build = async (workspace: string, number: string) =>
  (await buildVersion({ workspace, version: { number }, credentials: aws.env, temporary: folder })).images;

async function environmentOf(repository: string, name: string): Promise<Environment> {
  const manifest = loadManifest(join(repository, 'pika.yml'));
  const images = await build(repository, '0.0.0');
  return createEnvironment({ aws, manifest, name, cacheUrl: 'redis://127.0.0.1:1', images });
}

interface Rehearsed {
  repository: string;
  workflow: string;
  event: TriggerEvent;
  variables: Record<string, string>;
}

function rehearse({ repository, workflow, event, variables }: Rehearsed): Promise<WorkflowResult> {
  return runWorkflow({
    repository: {
      fullName: 'somebody/shop',
      id: '1000002',
      folder: repository,
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      actor: 'developer',
      secrets: {},
      variables,
      environments: {},
    },
    path: `.github/workflows/${workflow}.yml`,
    event,
    runId: String(++runs),
    temporary: join(folder, 'temporary'),
    environment: {
      AWS_ENDPOINT_URL: aws.url,
      GITHUB_API_URL: api.url,
      REHEARSED_REPOSITORY: repository,
      REHEARSED_ARTIFACTS: join(folder, 'artifacts'),
    },
    // The published name is this repository.
    standIns: { ...standIns, 'pika/pipeline': root },
    idToken: api.idTokenVariables,
  });
}

const role = () => `arn:aws:iam::${aws.kernel.accountId}:role/deploy`;
const versionAt = async (url: string) => ((await (await fetch(url)).json()) as { version: string }).version;
const errorsOf = (job: JobResult): string[] => [
  ...job.annotations.filter(({ level }) => level === 'error').map(({ message }) => message),
  ...(job.called ?? []).flatMap(errorsOf),
];
const errors = ({ jobs }: WorkflowResult) => jobs.flatMap(errorsOf);
const push = { name: 'push', payload: { ref: 'refs/heads/main' } };

it('one action releases an image to one service', async () => {
  const repository = repositoryOf('one-action', {
    version: 1,
    product: 'solo',
    budget: { monthly: 10 },
    environments: { solo: { url: 'https://solo.example', cluster: 'shop', application: 'shop' } },
    services: {
      web: {
        build: { context: '.', dockerfile: 'web/Dockerfile' },
        port: 3000,
        listener: { production: 8000, test: 9000 },
        public: true,
      },
    },
  });
  // Nobody waits five minutes for a test: the bake is the one thing that is another here.
  const workflow = join(repository, '.github/workflows/deploy.yml');
  writeFileSync(workflow, readFileSync(workflow, 'utf8').replace('bake: 5m', 'bake: 1s'));
  const { gatewayUrl } = await environmentOf(repository, 'solo');
  const { web = '' } = await build(repository, '1.0.0');
  const event = { name: 'workflow_dispatch', payload: {}, inputs: { image: web } };
  const result = await rehearse({
    repository,
    workflow: 'deploy',
    event,
    variables: { DEPLOY_ROLE: role() },
  });
  expect(errors(result)).toEqual([]);
  expect(result.conclusion).toBe('success');
  expect(await versionAt(gatewayUrl)).toBe('1.0.0');
});

it('the root action builds, releases and verifies what the manifest declares', async () => {
  const repository = repositoryOf('root-action');
  const { gatewayUrl } = await environmentOf(repository, 'production');
  const variables = {
    DEPLOY_ROLE: role(),
    PRODUCTION_URL: gatewayUrl,
    BUILD_ENGINE: 'oci',
    BUILD_ARGS: '{"VERSION": "3.0.0"}',
  };
  const result = await rehearse({ repository, workflow: 'release', event: push, variables });
  expect(errors(result)).toEqual([]);
  expect(result.jobs.map(({ outputs }) => outputs)).toEqual([{ outcome: 'succeeded', verdict: 'pass' }]);
  expect(await versionAt(gatewayUrl)).toBe('3.0.0');
});

it('the reusable workflow takes one build through staging to production', async () => {
  const repository = repositoryOf('reusable-workflow');
  const staging = await environmentOf(repository, 'staging');
  const production = await environmentOf(repository, 'production');
  for (const name of ['web', 'stock']) {
    writeFileSync(
      join(repository, name, 'Dockerfile'),
      DOCKERFILE(name, name === 'web' ? 3000 : 3001).replace('0.0.0', '2.0.0'),
    );
  }
  const result = await rehearse({
    repository,
    workflow: 'release',
    event: push,
    variables: {
      BUILD_ROLE: role(),
      STAGING_DEPLOY_ROLE: role(),
      PRODUCTION_DEPLOY_ROLE: role(),
      STAGING_URL: staging.gatewayUrl,
      PRODUCTION_URL: production.gatewayUrl,
    },
  });
  expect(errors(result)).toEqual([]);
  expect(result.jobs.map(({ id, conclusion }) => `${id} ${conclusion}`)).toEqual([
    'build success',
    'staging success',
    'production success',
  ]);
  expect([await versionAt(staging.gatewayUrl), await versionAt(production.gatewayUrl)]).toEqual([
    '2.0.0',
    '2.0.0',
  ]);
});
