import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedAws, startAws } from '../../aws/server.ts';
import { type GitHubApi, startGitHubApi } from '../api/api.ts';
import { TOKEN } from '../runner/frame.ts';
import type { JobResult } from '../runner/result.ts';
import { runWorkflow } from '../runner/run-workflow.ts';
import { standInFolders, standIns } from './stand-ins.ts';

let folder: string;
let aws: EmbeddedAws;
let api: GitHubApi;

beforeAll(async () => {
  aws = await startAws();
  api = await startGitHubApi({ tokens: new Set([TOKEN]) });
});
afterAll(async () => {
  await api.stop();
  await aws.stop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-stand-ins-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function jobsOf(jobs: string, more: Record<string, string> = {}): Promise<Record<string, JobResult>> {
  const files = {
    '.github/workflows/test.yml': `on: push\npermissions: {}\njobs:\n${jobs}`,
    'src/file.txt': 'kept',
    ...more,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'repository', name)), { recursive: true });
    writeFileSync(join(folder, 'repository', name), content);
  }
  const result = await runWorkflow({
    repository: {
      fullName: 'pika/pika',
      id: '1000001',
      folder: join(folder, 'repository'),
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      actor: 'developer',
      secrets: {},
      variables: {},
      environments: {},
    },
    path: '.github/workflows/test.yml',
    event: { name: 'push', payload: {} },
    runId: '1',
    temporary: join(folder, 'temporary'),
    environment: {
      AWS_ENDPOINT_URL: aws.url,
      REHEARSED_REPOSITORY: join(folder, 'repository'),
      REHEARSED_ARTIFACTS: join(folder, 'artifacts'),
    },
    standIns,
    idToken: api.idTokenVariables,
  });
  return Object.fromEntries(result.jobs.map((job) => [job.id, job]));
}

const signIn = `
      - uses: aws-actions/configure-aws-credentials@v6
        with: { role-to-assume: "arn:aws:iam::123456789012:role/pika-build", aws-region: us-east-1, role-session-name: build-1 }
      - run: test -n "$AWS_SESSION_TOKEN"`;

describe('the stand-ins', () => {
  it('are all of them listed', () => {
    const listed = Object.values(standIns).map((path) => path.split('/').pop());
    expect(listed.sort()).toEqual(standInFolders().sort());
  });

  it('check out the repository and carry an artifact from job to job', async () => {
    const { make, use } = await jobsOf(`
  make:
    runs-on: x
    steps:
      - uses: actions/checkout@v7
      - uses: actions/upload-artifact@v7
        with: { name: file, path: src/file.txt, if-no-files-found: error }
  use:
    needs: make
    runs-on: x
    steps:
      - uses: actions/download-artifact@v8
        with: { name: file, path: here }
      - run: grep kept here/file.txt
`);
    expect([make?.conclusion, use?.conclusion]).toEqual(['success', 'success']);
  });

  it('sign a job in by OIDC when it may ask for an ID token, and mask what it gets', async () => {
    const { build } = await jobsOf(`
  build:
    runs-on: x
    permissions: { id-token: write }
    steps:${signIn}
      - run: echo "the token is $AWS_SESSION_TOKEN"
`);
    expect(build?.log.join('\n')).toContain('assumed-role/pika-build/build-1');
    expect(build?.log.at(-1)).toBe('the token is ***');
    expect(build?.conclusion).toBe('success');
  });

  it('say which permission a job lacks that asks without it', async () => {
    const { build } = await jobsOf(`
  build:
    runs-on: x
    permissions: { contents: read }
    steps:${signIn}
`);
    expect(build?.conclusion).toBe('failure');
    expect(build?.annotations[0]?.message).toContain('`permissions: id-token: write`');
  });

  it('sign in a called workflow only as far as its caller grants it', async () => {
    const called = `on: workflow_call\npermissions: {}\njobs:\n  build:\n    runs-on: x\n    permissions: { id-token: write }\n    steps:${signIn}\n`;
    const calling = (granted: string) =>
      jobsOf(`  call: { uses: ./.github/workflows/called.yml, permissions: ${granted} }\n`, {
        '.github/workflows/called.yml': called,
      });
    const { call } = await calling('{ id-token: write }');
    expect(call?.conclusion).toBe('success');
    await expect(calling('{ contents: read }')).rejects.toThrow(
      /called.yml:6:30 job build asks for `id-token: write`, and whoever calls .* has `id-token: none`/,
    );
  });

  it('are the only actions of others: the rest is refused by name', async () => {
    const { job } = await jobsOf(`
  job:
    runs-on: x
    steps:
      - uses: actions/cache@v4
`);
    expect(job?.conclusion).toBe('failure');
    expect(job?.log.join('\n')).toMatch(/no stand-in for actions\/cache.*actions\/checkout/);
  });
});
