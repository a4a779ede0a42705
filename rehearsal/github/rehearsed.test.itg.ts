import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARKER } from '../../scripts/template-difference/difference.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { type GitHubApi, startGitHubApi } from './api/api.ts';
import type { TriggerEvent } from './runner/repository.ts';
import type { JobResult, WorkflowResult } from './runner/result.ts';
import { runWorkflow } from './runner/run-workflow.ts';
import { standIns } from './stand-ins/stand-ins.ts';

const { jest } = import.meta;
const root = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'pika-marketplace/pika';

/** What takes minutes, or is what calls this test, is only called: the workflows are as they are. */
const SCRIPTS = {
  check: 'echo checked',
  test: 'echo tested',
  rehearse: 'echo rehearsed "$@"',
  build: 'echo built "$@"',
  synth: 'node assembly.cjs "$@"',
  prices: 'node prices.cjs',
};

/** A cloud assembly of one bucket, or two: what a pull request changes. */
const ASSEMBLY = (buckets: number) => `
const { mkdirSync, writeFileSync } = require('node:fs');
const given = process.argv.indexOf('--output');
const out = given < 0 ? 'cdk.out' : process.argv[given + 1];
mkdirSync(out, { recursive: true });
const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'pika' } };
const Resources = Object.fromEntries(Array.from({ length: ${buckets} }, (_, index) => ['Bucket' + index, bucket]));
writeFileSync(out + '/pika-staging-data.template.json', JSON.stringify({ Resources }));
writeFileSync(out + '/manifest.json', JSON.stringify({ version: '36.0.0', artifacts: { 'pika-staging-data': { type: 'aws:cloudformation:stack', environment: 'aws://123456789012/us-east-1', properties: { templateFile: 'pika-staging-data.template.json' } } } }));
`;
const PRICES = `require('node:fs').appendFileSync('actions/budget-gate/prices/us-east-1.json', ' ');`;

let folder: string;
let repository: string;
let bare: string;
let api: GitHubApi;
let aws: EmbeddedAws;
let bills: Server;
let runs = 0;

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pika-rehearsed-'));
  repository = join(folder, 'repository');
  bare = join(folder, 'bare.git');
  const files = git('-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of files.filter((name) =>
    /^(\.github|actions|manifest|scripts|pika\.yml|usage\.yml|\.gitignore)/.test(name),
  )) {
    mkdirSync(dirname(join(repository, file)), { recursive: true });
    cpSync(join(root, file), join(repository, file));
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
  writeFileSync(join(repository, 'package.json'), JSON.stringify({ ...manifest, scripts: SCRIPTS }));
  writeFileSync(join(repository, 'assembly.cjs'), ASSEMBLY(1));
  writeFileSync(join(repository, 'prices.cjs'), PRICES);
  git('-C', repository, 'init', '--quiet', '--initial-branch', 'main');
  commit('before');
  writeFileSync(join(repository, 'assembly.cjs'), ASSEMBLY(2));
  commit('after');
  git('clone', '--quiet', '--bare', repository, bare);
  git('-C', bare, 'config', 'http.receivepack', 'true');
  symlinkSync(join(root, 'node_modules'), join(repository, 'node_modules'));
  api = await startGitHubApi({ repositories: { [NAME]: bare } });
  aws = await startAws();
  bills = await startBills();
}, 120_000);

afterAll(async () => {
  bills?.close();
  await aws?.stop();
  await api?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function commit(message: string): void {
  git('-C', repository, 'add', '--all');
  git(
    '-C',
    repository,
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@t',
    'commit',
    '--quiet',
    '--message',
    message,
  );
}

/** AWS Budgets and Cost Explorer: a dollar a day. */
async function startBills(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { TimePeriod?: Period };
    const body = asked.TimePeriod ? costs(asked.TimePeriod) : { Budgets: [BUDGET] };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface Period {
  Start: string;
  End: string;
}

const usd = (Amount: string) => ({ Amount, Unit: 'USD' });
const BUDGET = {
  BudgetName: 'pika',
  BudgetType: 'COST',
  TimeUnit: 'MONTHLY',
  BudgetLimit: usd('100'),
  CalculatedSpend: { ActualSpend: usd('12.5') },
};

function costs({ Start, End }: Period) {
  const days: string[] = [];
  for (let day = Date.parse(Start); day < Date.parse(End); day += 86_400_000) {
    days.push(new Date(day).toISOString().slice(0, 10));
  }
  const Groups = [{ Keys: ['USE1-Requests'], Metrics: { UnblendedCost: usd('1'), UsageQuantity: usd('1') } }];
  return {
    ResultsByTime: days.map((day) => ({ TimePeriod: { Start: day, End: day }, Groups, Estimated: true })),
  };
}

const pushed = { repository: { default_branch: 'main' } };

function rehearse(
  workflow: string,
  event: TriggerEvent,
  more: { ref?: string; reviewers?: readonly string[]; variables?: Record<string, string> } = {},
): Promise<WorkflowResult> {
  const billsUrl = `http://127.0.0.1:${(bills.address() as AddressInfo).port}`;
  return runWorkflow({
    repository: {
      fullName: NAME,
      id: '1000001',
      folder: repository,
      ref: more.ref ?? 'refs/heads/main',
      sha: git('-C', repository, 'rev-parse', 'HEAD'),
      actor: 'developer',
      secrets: {},
      variables: more.variables ?? { AWS_ACCOUNT_ID: aws.kernel.accountId },
      environments: { publish: { reviewers: more.reviewers ?? [] } },
    },
    path: `.github/workflows/${workflow}.yml`,
    event,
    runId: String(++runs),
    temporary: join(folder, 'temporary'),
    environment: {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ENDPOINT_URL_BUDGETS: billsUrl,
      AWS_ENDPOINT_URL_COST_EXPLORER: billsUrl,
      GITHUB_API_URL: api.url,
      GITHUB_SERVER_URL: api.url,
      REHEARSED_REPOSITORY: repository,
      REHEARSED_ARTIFACTS: join(folder, 'artifacts'),
    },
    standIns,
    idToken: api.idTokenVariables,
  });
}

/** Each starts a dozen processes: on a machine that does much else, that takes its time. */
jest.setTimeout(120_000);

const errors = ({ jobs }: WorkflowResult) =>
  jobs.flatMap(({ annotations }) =>
    annotations.filter(({ level }) => level === 'error').map(({ message }) => message),
  );
const jobOf = ({ jobs }: WorkflowResult, id: string): JobResult | undefined =>
  jobs.find((job) => job.id === id);

describe('release.yml', () => {
  it('says at once, in words of its own, what a repository that is not set up lacks', async () => {
    const event = { name: 'push', payload: { ...pushed, ref: 'refs/heads/main' } };
    const result = await rehearse('release', event, {
      variables: { STAGING_URL: 'https://staging.example' },
    });
    expect(result.conclusion).toBe('failure');
    expect(errors(result)[0]).toMatch(
      /^Variables are not set: AWS_ACCOUNT_ID PRODUCTION_URL\. docs\/setup\.md, step 8/,
    );
    const begun = result.jobs.filter(({ conclusion }) => conclusion !== 'skipped').map(({ id }) => id);
    expect(begun).toEqual(['test', 'budget']);
  });
});

describe('publish.yml', () => {
  const publish = (version: string, ref?: string) =>
    rehearse(
      'publish',
      { name: 'workflow_dispatch', payload: pushed, inputs: { version } },
      ref ? { ref } : {},
    );
  const tags = () =>
    Object.fromEntries([...api.state.refs].map(([ref, sha]) => [ref.slice('refs/tags/'.length), sha]));

  it('publishes an immutable release with provenance, and moves the major tag', async () => {
    const head = git('-C', repository, 'rev-parse', 'HEAD');
    const result = await publish('v1.2.0');
    expect(errors(result)).toEqual([]);
    expect(result.title).toBe('Publish v1.2.0');
    expect(tags()).toEqual({ 'v1.2.0': head, v1: head });
    expect(api.state.attestations).toHaveLength(1);
  });

  it('goes on where it was interrupted, and leaves the major tag to what is newer', async () => {
    const head = git('-C', repository, 'rev-parse', 'HEAD');
    api.state.refs.delete('refs/tags/v1');
    expect(errors(await publish('v1.2.0'))).toEqual([]);
    expect(tags()).toEqual({ 'v1.2.0': head, v1: head });
    api.state.refs.set('refs/tags/v1', 'b'.repeat(40));
    expect(errors(await publish('v1.1.9'))).toEqual([]);
    expect(tags().v1).toBe('b'.repeat(40));
  });

  it('refuses a version that is another commit’s, that is none, and one that is not on main', async () => {
    api.state.refs.set('refs/tags/v3.0.0', 'c'.repeat(40));
    expect(errors(await publish('v3.0.0'))[0]).toMatch(
      /v3\.0\.0 is the tag of c{40}, not of .*; take the next one/,
    );
    expect(errors(await publish('1.2'))[0]).toBe('1.2 is not of the form v1.2.3');
    expect(errors(await publish('v4.0.0', 'refs/heads/other'))[0]).toContain('Started on refs/heads/other');
    expect(api.state.releases.map(({ tag_name }) => tag_name)).toEqual(['v1.2.0', 'v1.1.9']);
  });
});

describe('prices.yml', () => {
  it('pushes new prices to a branch of their own and opens one pull request', async () => {
    const event = { name: 'schedule', payload: { ...pushed, schedule: '23 4 2 * *' } };
    for (const _time of ['first', 'again']) expect(errors(await rehearse('prices', event))).toEqual([]);
    const branch = `prices-${new Date().toISOString().slice(0, 10)}`;
    expect(api.state.pulls).toMatchObject([{ head: { ref: branch }, base: { ref: 'main' } }]);
    expect(git('-C', bare, 'diff', '--name-only', `main..${branch}`)).toBe(
      'actions/budget-gate/prices/us-east-1.json',
    );
  });
});

describe('budget.yml', () => {
  it('judges what was spent, and keeps the report', async () => {
    const result = await rehearse('budget', {
      name: 'schedule',
      payload: { ...pushed, schedule: '17 6 * * *' },
    });
    expect(errors(result)).toEqual([]);
    expect(jobOf(result, 'spend')?.summary).toContain(
      'Really spent (Cost Explorer): $12.50 this month, $1.00 a day',
    );
    expect(jobOf(result, 'spend')?.log.join('\n')).toContain('Artifact budget is kept');
  });
});

describe('ci.yml', () => {
  const base = () => git('-C', repository, 'rev-parse', 'HEAD~1');
  const pull = (full_name: string): TriggerEvent => ({
    name: 'pull_request',
    payload: {
      ...pushed,
      action: 'opened',
      pull_request: {
        number: 7,
        base: { ref: 'main', sha: base() },
        head: { ref: 'change', repo: { full_name } },
      },
    },
  });
  const ref = 'refs/pull/7/merge';

  it('checks, tests, rehearses, and keeps one comment of each difference', async () => {
    const { state } = api;
    const stale = {
      id: 900,
      issue: 7,
      body: `${MARKER}\nof an earlier push`,
      user: { login: 'github-actions[bot]', type: 'Bot' },
    };
    state.comments.push({ ...stale, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' });
    const result = await rehearse('ci', pull(NAME), { ref });
    expect(errors(result)).toEqual([]);
    expect(result.jobs.map(({ id, conclusion }) => `${id} ${conclusion}`)).toEqual([
      'check success',
      'test success',
      'rehearse success',
      'difference success',
    ]);
    const bodies = state.comments.filter(({ issue }) => issue === 7).map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    expect(bodies.join('\n')).toContain('Bucket1');
    expect(bodies.join('\n')).not.toContain('of an earlier push');
  });

  it('comments nothing for a fork, whose token may not, and says it in the summary', async () => {
    const before = api.state.comments.length;
    const result = await rehearse('ci', pull('stranger/pika'), { ref });
    expect(errors(result)).toEqual([]);
    expect(api.state.comments).toHaveLength(before);
    expect(jobOf(result, 'difference')?.summary).toContain('Bucket1');
  });
});
