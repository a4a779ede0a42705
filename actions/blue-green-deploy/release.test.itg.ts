import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/index.ts';
import { AwsError } from '../../rehearsal/aws/kernel/error.ts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { buildVersion } from '../../rehearsal/build/version.ts';
import { startCache } from '../../rehearsal/cache/server.ts';
import { createEnvironment, type Environment } from '../../rehearsal/environment/environment.ts';
import { blueGreenDeploy, errorsOf, root } from './test/action.ts';

const SCALE = 30;
const manifest = loadManifest(join(root, 'pika.yml'));

let temporary = '';
let aws: EmbeddedAws;
let cache: Awaited<ReturnType<typeof startCache>>;
let environment: Environment;
let versions: Record<string, string>[] = [];
/** Set by a test: what AWS answers to an operation instead of doing it. */
let refuse: Record<string, AwsError> = {};
/** Set by a test: what an operation waits for. */
let hold: (operation: string) => Promise<void> = async () => undefined;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'pika-release-'));
  cache = await startCache();
  aws = await startAws({ timeScale: SCALE });
  aws.kernel.intercept((call) => {
    const error = refuse[call.operation];
    if (error && call.principal.arn !== '') throw error;
    return hold(call.operation);
  });
  const build = async (number: string) =>
    (await buildVersion({ workspace: root, version: { number }, credentials: aws.env, temporary })).images;
  environment = await createEnvironment({
    aws,
    manifest,
    name: 'production',
    cacheUrl: cache.url,
    images: await build('0.0.0'),
  });
  versions = [await build('1.0.0'), await build('2.0.0')];
}, 60_000);

afterEach(() => {
  refuse = {};
  hold = async () => undefined;
});

afterAll(async () => {
  await aws?.stop();
  await cache?.stop();
  rmSync(temporary, { recursive: true, force: true });
});

/** The images of two of the services: a release need not be of all. */
function images(version: number): string {
  const { users, notifications } = versions[version] ?? {};
  return JSON.stringify({ users: { image: users, size: 1 }, notifications });
}

interface Run {
  runId?: string;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

function run(inputs: Record<string, string>, more: Run = {}) {
  return blueGreenDeploy({ inputs, temporary, environment: aws.env, ...more });
}

const many = (version: number) => ({ environment: 'production', images: images(version) });

function callsSince(from: number): string[] {
  return aws.kernel.calls.slice(from).map(({ operation }) => operation);
}

const changing = /^(Register|Create|Stop|Continue|Update|Delete)/;

test('a dry run prints the plan and changes nothing; its hash is the same every time', async () => {
  const from = aws.kernel.calls.length;
  const first = await run({ ...many(0), 'dry-run': 'true' });
  const calls = callsSince(from);
  const second = await run({ ...many(0), 'dry-run': 'true' });
  expect(first.outputs.outcome).toBe('planned');
  expect(first.outputs['plan-hash']).toMatch(/^[0-9a-f]{16}$/);
  expect(second.outputs['plan-hash']).toBe(first.outputs['plan-hash']);
  expect(first.summary).toContain('| users | new revision | containerDefinitions.users.image: sha256:');
  // There is no deployment to tell of, and no revision yet.
  expect(first.summary.match(/^\| Service .*/gm)).toEqual(['| Service | Task definition | Changes |']);
  expect(first.outputs.summary).toContain('| users | new revision | ');
  expect(calls.filter((name) => changing.test(name) && name !== 'CreateTaskSet')).toEqual([]);
  const unexpected = await run({
    ...many(1),
    phase: 'prepare',
    'expect-plan': first.outputs['plan-hash'] ?? '',
  });
  expect(errorsOf(unexpected)[0]).toMatch(
    /^input expect-plan: "[0-9a-f]{16}" is not this plan, which is "[0-9a-f]{16}"\. The live services or the images have changed/,
  );
});

test('what is not there, or belongs to another, is named before anything is changed', async () => {
  const image = JSON.parse(images(0)).notifications as string;
  const one = {
    cluster: 'pika-production',
    application: 'pika-production',
    service: 'notifications',
    'deployment-group': 'notifications',
    image,
  };
  const from = aws.kernel.calls.length;
  const faults = async (inputs: Record<string, string>) => errorsOf(await run(inputs))[0];
  expect(await faults({ ...one, cluster: 'nowhere' })).toBe(
    'cluster nowhere: is not there. Check the input cluster (or cluster in the manifest), the region and the account',
  );
  expect(await faults({ ...one, 'deployment-group': 'users' })).toBe(
    'deployment group users: deploys service users of cluster pika-production, not notifications of pika-production. Name the deployment group of this service',
  );
  expect(await faults({ ...one, service: 'nobody' })).toBe(
    'service nobody: is not there in cluster pika-production. Check the input service, or create the service first',
  );
  expect(await faults({ ...one, application: 'pika' })).toBe(
    'CodeDeploy application pika: is not there. Check the input application (or application in the manifest), the region and the account',
  );
  expect(await faults({ ...one, image: image.replace(/[0-9a-f]{64}$/, 'b'.repeat(64)) })).toMatch(
    /^image of service notifications: sha256:b{64} is not in .*\/pika\/notifications\. Push the image first, or check the digest$/,
  );
  expect(callsSince(from).filter((name) => /^(RegisterTask|CreateDep)/.test(name))).toEqual([]);
});

test('a denied call names the permission; expired credentials say what to do', async () => {
  refuse = {
    DescribeServices: new AwsError(
      'AccessDeniedException',
      'User: arn:aws:sts::123456789012:assumed-role/deploy/run is not authorized to perform: ecs:DescribeServices on resource: arn:aws:ecs:us-east-1:123456789012:service/pika-production/users because no identity-based policy allows the ecs:DescribeServices action',
    ),
  };
  const started = Date.now();
  expect(errorsOf(await run(many(0)))[0]).toBe(
    'cluster pika-production: AWS denied ecs:DescribeServices to arn:aws:sts::123456789012:assumed-role/deploy/run. Allow ecs:DescribeServices on arn:aws:ecs:us-east-1:123456789012:service/pika-production/users in the policy of the role that this job assumes',
  );
  expect(Date.now() - started).toBeLessThan(10_000);
  refuse = {
    CreateDeployment: new AwsError(
      'ExpiredTokenException',
      'The security token included in the request is expired',
    ),
  };
  const expired = errorsOf(await run(many(0))).join('\n');
  expect(expired).toContain('the AWS credentials are not valid any more (codedeploy:CreateDeployment:');
  expect(expired).toContain('role-duration-seconds');
});

test('prepare, commit and finish, each its own step; unchanged services drop out afterwards', async () => {
  const from = aws.kernel.calls.length;
  const prepared = await run({ ...many(0), phase: 'prepare' });
  expect(prepared.outputs.outcome).toBe('prepared');
  // The revisions that the run before registered, and could not release, are used again.
  expect(callsSince(from)).not.toContain('RegisterTaskDefinition');
  const release = prepared.outputs.release ?? '';
  const endpoints = JSON.parse(prepared.outputs['test-endpoints'] ?? '{}') as Record<string, string>;
  const green = await fetch(`${endpoints.users}/version`).catch(() => undefined);
  expect(green?.headers.get('x-pika-version') ?? (await green?.text())).toContain('1.0.0');
  const blue = JSON.parse(prepared.outputs['production-endpoints'] ?? '{}') as Record<string, string>;
  expect(Object.keys(blue)).toEqual(Object.keys(endpoints));
  expect(Object.values(blue).filter((url) => Object.values(endpoints).includes(url))).toEqual([]);
  expect(Object.values(blue)).toEqual(
    Object.keys(blue).map(() => expect.stringMatching(/^http:\/\/\S+:\d+$/)),
  );
  expect(await suspended()).toEqual([true, true]);

  const again = await run({ ...many(0), phase: 'prepare' });
  expect(again.outputs.deployments).toBe(prepared.outputs.deployments);
  const foreign = await run({ ...many(1), phase: 'prepare' }, { runId: '2' });
  expect(errorsOf(foreign)[0]).toMatch(
    /^deployment group users: d-\S+ of release 1 \(sha256:[0-9a-f]{12}\) is Ready\. Wait for its end, or set on-active/,
  );

  const wrong = await run({ phase: 'commit', release, 'expect-plan': 'feedfeedfeedfeed' });
  expect(errorsOf(wrong)[0]).toMatch(/^input expect-plan: "feedfeedfeedfeed" is not this plan/);
  const committed = await run({ phase: 'commit', release });
  expect(committed.outputs.outcome).toBe('committed');
  const finished = await run({ phase: 'finish', release: committed.outputs.release ?? '' });
  expect(finished.outputs.outcome).toBe('succeeded');
  expect(await suspended()).toEqual([false, false]);
  const unchanged = await run(many(0));
  expect(unchanged.outputs.outcome).toBe('unchanged');
}, 120_000);

test('a cancelled run stops its deployments within a second; a rollback brings a released version back', async () => {
  const person = new AbortController();
  let cancelledAt = 0;
  const from = aws.kernel.calls.length;
  const onLine = (line: string) => {
    if (cancelledAt > 0 || !/is (Created|InProgress)$/.test(line)) return;
    cancelledAt = Date.now();
    person.abort();
  };
  const cancelled = await run(
    { ...many(1), phase: 'prepare' },
    { runId: '3', signal: person.signal, onLine },
  );
  expect(cancelled.outcome).toBe('cancelled');
  const stops = aws.kernel.calls.slice(from).filter(({ operation }) => operation === 'StopDeployment');
  const first = stops[0];
  expect(stops.length).toBeGreaterThanOrEqual(2);
  // The embedded AWS counts in its own, faster time.
  expect(((first?.at.getTime() ?? Infinity) - simulated(cancelledAt)) / SCALE).toBeLessThan(1_000);
  expect(await suspended()).toEqual([false, false]);

  const released = await run({ ...many(1), bake: '0s' }, { runId: '3' });
  expect(released.outputs.outcome).toBe('succeeded');
  const back = await run({ phase: 'rollback', release: released.outputs.release ?? '' }, { runId: '3' });
  expect(back.outputs.outcome).toBe('rolled-back');
  expect(back.summary).toContain('What runs now');
  expect((await run({ ...many(0), 'dry-run': 'true' })).summary).toContain('| users | unchanged |');
}, 120_000);

test('a run that is cancelled while AWS is asked says so, not that the call was aborted', async () => {
  const person = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  hold = async (operation) => {
    if (operation === 'StopDeployment') resolve();
    if (operation !== 'BatchGetDeployments') return;
    person.abort();
    await stopped;
  };
  const cancelled = await run({ ...many(1), phase: 'prepare' }, { runId: '5', signal: person.signal });
  expect(cancelled.outcome).toBe('cancelled');
  expect(errorsOf(cancelled)).toEqual([
    'Cancelled: stopped, and what was shifted is on its way back.\ncancelled by SIGINT',
  ]);
}, 60_000);

let epoch = 0;
beforeAll(() => {
  epoch = Date.now() - (aws.kernel.clock.now().getTime() - Date.now()) / (SCALE - 1);
});

/** Real time → the embedded AWS's. */
function simulated(real: number): number {
  return epoch + (real - epoch) * SCALE;
}

async function suspended(): Promise<(boolean | undefined)[]> {
  const { ScalableTargets = [] } = await environment.clients.autoScaling.describeScalableTargets({
    ServiceNamespace: 'ecs',
    ResourceIds: ['users', 'notifications'].map((name) => `service/pika-production/${name}`),
  });
  return ScalableTargets.map(({ SuspendedState }) => SuspendedState?.DynamicScalingInSuspended ?? false);
}
