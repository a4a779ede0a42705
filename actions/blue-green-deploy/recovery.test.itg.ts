import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { buildVersion } from '../../rehearsal/build/version.ts';
import { startCache } from '../../rehearsal/cache/server.ts';
import { createEnvironment, type Environment } from '../../rehearsal/environment/environment.ts';
import { type GitHubApi, startGitHubApi } from '../../rehearsal/github/api/api.ts';
import { type ActionChoice, blueGreenDeploy, errorsOf, killedDeploy, root } from './test/action.ts';

const TOKEN = 'ghs_rehearsal';
const manifest = loadManifest(join(root, 'pika.yml'));

let temporary = '';
let aws: EmbeddedAws;
let cache: Awaited<ReturnType<typeof startCache>>;
let github: GitHubApi;
let environment: Environment;
const images: Record<string, string>[] = [];

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'pika-recovery-'));
  cache = await startCache();
  github = await startGitHubApi({ tokens: new Set([TOKEN]) });
  aws = await startAws({ timeScale: 30 });
  const build = async (number: string) =>
    (await buildVersion({ workspace: root, version: { number }, credentials: aws.env, temporary })).images;
  environment = await createEnvironment({
    aws,
    manifest,
    name: 'production',
    cacheUrl: cache.url,
    images: await build('0.0.0'),
  });
  for (const number of ['1.0.0', '2.0.0', '3.0.0']) {
    images.push(await build(number));
  }
}, 60_000);

afterAll(async () => {
  await aws?.stop();
  await cache?.stop();
  await github?.stop();
  rmSync(temporary, { recursive: true, force: true });
});

function choice(version: number, inputs: Record<string, string>, more: Partial<ActionChoice>): ActionChoice {
  return {
    inputs: {
      environment: 'production',
      images: JSON.stringify({ notifications: images[version]?.notifications }),
      phase: 'prepare',
      ...inputs,
    },
    temporary,
    ...more,
    environment: { ...aws.env, GITHUB_API_URL: github.url },
  };
}

/** The images of two services, for a release of both. */
function both(version: number): Record<string, string> {
  const { notifications, users } = images[version] ?? {};
  return { phase: 'release', bake: '0s', images: JSON.stringify({ notifications, users }) };
}

const run = (version: number, inputs: Record<string, string>, more: Partial<ActionChoice> = {}) =>
  blueGreenDeploy(choice(version, inputs, more));

async function statusOf(deploymentId: string): Promise<string | undefined> {
  const { deploymentInfo } = await environment.clients.codeDeploy.getDeployment({ deploymentId });
  return deploymentInfo?.status;
}

function deploymentOf(outputs: Record<string, string>): string {
  return (JSON.parse(outputs.deployments ?? '{}') as { notifications?: string }).notifications ?? '';
}

const GROUP = { applicationName: 'pika-production', currentDeploymentGroupName: 'notifications' };

/** An alarm that fires and stops the deployments of notifications. Without data it keeps the state that it is given. */
async function fireAlarm(AlarmName: string, StateReason: string): Promise<void> {
  const { cloudWatch, codeDeploy } = environment.clients;
  await cloudWatch.putMetricAlarm({
    AlarmName,
    Namespace: 'Pika',
    MetricName: 'Nothing',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'ignore',
  });
  await cloudWatch.setAlarmState({ AlarmName, StateValue: 'ALARM', StateReason });
  const alarmConfiguration = { enabled: true, alarms: [{ name: AlarmName }] };
  await codeDeploy.updateDeploymentGroup({ ...GROUP, alarmConfiguration });
}

test('everything that would fail later is found before anything is changed, all at once', async () => {
  const { codeDeploy, ecs, loadBalancing, logs } = environment.clients;
  const { deploymentGroupInfo: group } = await codeDeploy.getDeploymentGroup({
    applicationName: 'pika-production',
    deploymentGroupName: 'notifications',
  });
  const AlarmName = 'held';
  const route = group?.loadBalancerInfo?.targetGroupPairInfoList?.[0];
  const ListenerArn = route?.prodTrafficRoute?.listenerArns?.[0] ?? '';
  const { Listeners } = await loadBalancing.describeListeners({ ListenerArns: [ListenerArn] });
  const DefaultActions = Listeners?.[0]?.DefaultActions ?? [];
  const swapped = DefaultActions.map((action) => ({
    ...action,
    ForwardConfig: {
      TargetGroups: action.ForwardConfig?.TargetGroups?.map(({ TargetGroupArn, Weight }) => ({
        TargetGroupArn,
        Weight: 100 - (Weight ?? 0),
      })),
    },
  }));
  const { services } = await ecs.describeServices({
    cluster: 'pika-production',
    services: ['notifications'],
  });
  const primary = services?.[0]?.taskSets?.[0];
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: primary?.taskDefinition });
  const logGroupName =
    taskDefinition?.containerDefinitions?.[0]?.logConfiguration?.options?.['awslogs-group'] ?? '';
  const missing = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:nowhere-AbCdEf';

  await fireAlarm(AlarmName, 'too many errors');
  await loadBalancing.modifyListener({ ListenerArn, DefaultActions: swapped });
  await logs.deleteLogGroup({ logGroupName });
  const wanted = { image: images[0]?.notifications, secrets: { SMTP_PASSWORD: missing } };
  const from = aws.kernel.calls.length;
  const refused = await run(0, { images: JSON.stringify({ notifications: wanted }) });
  const calls = aws.kernel.calls.slice(from).map(({ operation }) => operation);
  await logs.createLogGroup({ logGroupName });
  await loadBalancing.modifyListener({ ListenerArn, DefaultActions });
  const before = group?.alarmConfiguration ?? { enabled: false };
  await codeDeploy.updateDeploymentGroup({ ...GROUP, alarmConfiguration: before });

  expect(errorsOf(refused).slice(0, -1).toSorted()).toEqual([
    `alarm ${AlarmName} of deployment group notifications: is firing already: too many errors. Find its cause first: CodeDeploy would stop the deployment at once. To go back to a version that is known to be good, set ignore-alarms: true`,
    expect.stringMatching(
      /^deployment group notifications: its production listener forwards to (\S+), but the PRIMARY task set is behind (\S+)\. Give \2 the weight 100 on that listener, the other 0$/,
    ),
    expect.stringMatching(
      new RegExp(
        `^log group ${logGroupName}: is not there; container \\S+ of service notifications logs to it\\. Create it: a task whose log group is missing does not start$`,
      ),
    ),
    `secret SMTP_PASSWORD of service notifications: ${missing} is not there. Create it: a task whose secret is missing does not start`,
  ]);
  expect(calls).not.toContain('RegisterTaskDefinition');
  expect(calls).not.toContain('CreateDeployment');
}, 60_000);

test('post brings back what a killed main has left', async () => {
  const { state, post } = await killedDeploy(
    choice(0, {}, { runId: '10' }),
    /d-\S+ is (Created|InProgress)$/,
  );
  const release = JSON.parse(state.release ?? '{}') as { services: { deployment?: string }[] };
  expect(post.code).toBe(0);
  expect(post.log).toContain('The release was left preparing: it is stopped and rolled back.');
  expect(post.summary).toMatch(
    /brought back\n\n- notifications: (Stopped|Succeeded), arn:\S+notifications:1 runs/,
  );
  expect(await statusOf(release.services[0]?.deployment ?? '')).toBe('Stopped');
  const { ScalableTargets } = await environment.clients.autoScaling.describeScalableTargets({
    ServiceNamespace: 'ecs',
    ResourceIds: ['service/pika-production/notifications'],
  });
  expect(ScalableTargets?.[0]?.SuspendedState?.DynamicScalingInSuspended).toBe(false);
}, 60_000);

test("somebody else's deployment fails the release, is superseded or is waited for", async () => {
  const first = deploymentOf((await run(0, {}, { runId: '20' })).outputs);
  const refused = errorsOf(await run(1, { 'on-active': 'fail' }, { runId: '21' }));
  expect(refused[0]).toMatch(
    /^deployment group notifications: d-\S+ of release 20 \(sha256:[0-9a-f]{12}\) is Ready\. Wait for its end, or set on-active to wait, attach or supersede$/,
  );
  const other = errorsOf(await run(1, { 'on-active': 'attach' }, { runId: '21' }));
  expect(other[0]).toContain('It releases another image, so it cannot be attached to');
  expect(await statusOf(first)).toBe('Ready');

  const superseding = await run(1, { 'on-active': 'supersede', token: 'wrong' }, { runId: '22' });
  expect(superseding.outputs.outcome).toBe('prepared');
  expect(superseding.log).toContain(`Stopping ${first}, which this release supersedes.`);
  expect(await statusOf(first)).toBe('Stopped');
  expect(superseding.log.join('\n')).toContain(
    '::warning::The GitHub Deployment was not recorded: Bad credentials',
  );

  const second = deploymentOf(superseding.outputs);
  const onLine = (line: string) => {
    if (line === `Waiting for ${second} to end.`) {
      void environment.clients.codeDeploy.stopDeployment({ deploymentId: second });
    }
  };
  const waiting = await run(0, { 'on-active': 'wait', token: TOKEN }, { runId: '23', onLine });
  expect(waiting.outputs.outcome).toBe('prepared');
  expect(waiting.log).toContain(`Waiting for ${second} to end.`);
  expect(github.state.deployments).toMatchObject([
    { environment: 'production', ref: '0123456789abcdef0123456789abcdef01234567', description: 'Release 23' },
  ]);
  const inputs = { environment: '', images: '', phase: 'rollback', release: waiting.outputs.release ?? '' };
  const back = await run(0, { ...inputs, token: TOKEN }, { runId: '23' });
  expect(back.outputs.outcome).toBe('rolled-back');
  expect(github.state.deployments).toHaveLength(1);
  const statuses = github.state.deployments[0]?.statuses ?? [];
  expect([statuses[0]?.state, statuses.at(-1)?.state]).toEqual(['failure', 'in_progress']);
  expect(statuses[0]?.log_url).toMatch(/\/pika\/pika\/actions\/runs\/23$/);
}, 120_000);

const rollback = (release: string, runId: string) =>
  run(0, { environment: '', images: '', phase: 'rollback', release }, { runId });

const callsSince = (from: number) => aws.kernel.calls.slice(from).map(({ operation }) => operation);
/** What a rollback changes something by. */
const CHANGES = /^(Create|Stop|Continue)Deployment$|^RegisterScalableTarget$/;

test('a rollback goes back behind its own release, never behind a later one', async () => {
  const first = (await run(0, both(0), { runId: '30' })).outputs.release ?? '';
  const second = (await run(0, both(2), { runId: '31' })).outputs.release ?? '';
  const from = aws.kernel.calls.length;
  const late = await rollback(first, '32');
  expect(late.outcome).toBe('failure');
  const revision = (name: string) => `pika-production-${name}:\\d+ \\(sha256:[0-9a-f]{12}\\)`;
  const moved = (name: string) =>
    `service ${name}: runs ${revision(name)} of release 31, not ${revision(name)} of release 30\\. A later release has moved it on, and this rollback would undo that one: to go back all the same, release the images of an earlier run again, as rollback\\.yml does by the run's number`;
  expect(errorsOf(late).slice(0, 2)).toEqual(
    ['notifications', 'users'].map((name) => expect.stringMatching(new RegExp(`^${moved(name)}$`))),
  );
  expect(callsSince(from).filter((name) => CHANGES.test(name))).toEqual([]);

  // Blue is gone: the previous revisions are deployed. Killed meanwhile, the next run goes on with what was begun.
  const toSecond = { environment: '', images: '', phase: 'rollback', release: second };
  const killed = choice(0, toSecond, { runId: '33' });
  await killedDeploy(killed, /blue is gone: d-\S+ deploys the previous revision$/);
  const again = await rollback(second, '33');
  expect(again.outputs.outcome).toBe('rolled-back');
  expect(again.log.join('\n')).toMatch(/d-\S+ deploys the previous revision already/);
  const created = callsSince(from).filter((name) => name === 'CreateDeployment');
  expect(created).toHaveLength(2);
}, 120_000);

test('a rollback is refused while another release is under way on what it would have to bring back', async () => {
  const released = (await run(1, both(1), { runId: '40' })).outputs.release ?? '';
  const held = await run(2, { phase: 'prepare' }, { runId: '41' });
  const from = aws.kernel.calls.length;
  const refused = await rollback(released, '42');
  expect(refused.outcome).toBe('failure');
  expect(errorsOf(refused)[0]).toMatch(
    /^deployment group notifications: d-\S+ of release 41 \(sha256:[0-9a-f]{12}\) is Ready\. It has begun after release 40: refuse or cancel it, or wait for its end, before anything is rolled back$/,
  );
  expect(callsSince(from).filter((name) => CHANGES.test(name))).toEqual([]);

  // Refused at the ready gate, it leaves the services at the release before, which may then be rolled back.
  expect((await rollback(held.outputs.release ?? '', '43')).outputs.outcome).toBe('rolled-back');
  expect((await rollback(released, '44')).outputs.outcome).toBe('rolled-back');
  expect((await rollback(released, '44')).outputs.outcome).toBe('rolled-back');
}, 120_000);

test('a rollback leaves a revision alone that a later release has brought again', async () => {
  const released = (await run(2, { phase: 'release', bake: '0s' }, { runId: '50' })).outputs.release ?? '';
  expect((await rollback(released, '50')).outputs.outcome).toBe('rolled-back');
  await run(2, { phase: 'release', bake: '0s' }, { runId: '51' });
  const late = errorsOf(await rollback(released, '52'));
  expect(late[0]).toMatch(
    /^service notifications: runs (\S+-notifications:\d+) \(sha256:[0-9a-f]{12}\) of release 51, not \1 /,
  );
}, 120_000);

test('what is known to be good goes out over an alarm that fires, if the job says so', async () => {
  await fireAlarm('production-in-trouble', 'half of all answers fail');
  const back = { phase: 'release', bake: '1s' };
  const refused = await run(1, back, { runId: '20' });
  const gone = await run(1, { ...back, 'ignore-alarms': 'true' }, { runId: '21' });

  expect(refused.outcome).toBe('failure');
  expect(errorsOf(refused)[0]).toMatch(/is firing already: half of all answers fail/);
  expect(gone.outputs.outcome).toBe('succeeded');
  expect(gone.log.join('\n')).toMatch(/production-in-trouble fires and is ignored/);
}, 60_000);

const suspended = async () => {
  const { ScalableTargets } = await environment.clients.autoScaling.describeScalableTargets({
    ServiceNamespace: 'ecs',
    ResourceIds: ['service/pika-production/notifications'],
  });
  return ScalableTargets?.[0]?.SuspendedState;
};

test('a release that died, and its post with it, leaves no auto scaling suspended for ever', async () => {
  const before = await suspended();
  expect(before?.DynamicScalingOutSuspended).toBe(false);
  // The machine is gone: nothing of the second half runs.
  await killedDeploy(choice(0, { 'ignore-alarms': 'true' }, { runId: '61' }), /d-\S+ is Ready$/, {
    post: false,
  });
  expect((await suspended())?.DynamicScalingOutSuspended).toBe(true);
  const toItsEnd = { phase: 'release', bake: '0s', 'on-active': 'supersede', 'ignore-alarms': 'true' };
  const next = await run(2, toItsEnd, { runId: '62' });
  expect(next.outputs.outcome).toBe('succeeded');
  expect(next.log).toContain(
    'Auto scaling of service/pika-production/notifications was left suspended by release 61: it is resumed when this release is over.',
  );
  expect(await suspended()).toEqual(before);

  // It died in the bake, whose end comes all the same, and nothing is left to be released.
  const dead = choice(0, { ...toItsEnd, bake: '10m' }, { runId: '63' });
  const { state } = await killedDeploy(dead, /^::group::Bake$/, { post: false });
  const { services } = JSON.parse(state.release ?? '{}') as { services: { deployment?: string }[] };
  await environment.clients.codeDeploy.continueDeployment({
    deploymentId: services[0]?.deployment ?? '',
    deploymentWaitType: 'TERMINATION_WAIT',
  });
  const unchanged = await run(0, { ...toItsEnd, 'on-active': 'wait' }, { runId: '64' });
  expect(unchanged.outputs.outcome).toBe('unchanged');
  expect(unchanged.log).toContain(
    'Auto scaling of service/pika-production/notifications was left suspended by release 63: it is resumed now.',
  );
  expect(await suspended()).toEqual(before);
}, 120_000);
