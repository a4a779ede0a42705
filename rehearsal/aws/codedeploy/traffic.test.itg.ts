import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CodeDeploy, type CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { appSpecContent, ended, until } from './test/group.ts';
import { openShop, type Shop, type Users, usersOf } from './test/shop.ts';

/** Deployments of real tasks behind real listeners, with alarms that evaluate and users who keep asking. */
let aws: EmbeddedAws;
let codedeploy: CodeDeploy;
let shop: Shop;
let users: Users;

beforeEach(async () => {
  aws = await startAws({ timeScale: 60 });
  codedeploy = new CodeDeploy(clientOptions(aws));
});

afterEach(async () => {
  await users?.leave();
  shop?.close();
  codedeploy.destroy();
  await aws.stop();
});

async function open(changes: Partial<CreateDeploymentGroupInput>): Promise<void> {
  shop = await openShop(aws, codedeploy, changes);
  users = usersOf(shop.urls.production);
}

const deploy = async (version: string): Promise<string> => {
  const revision = appSpecContent({
    taskDefinition: await shop.register(version),
    containerPort: 3000,
    capacityProvider: 'FARGATE_SPOT',
  });
  const { deploymentId = '' } = await codedeploy.createDeployment({
    applicationName: 'shop',
    deploymentGroupName: 'search',
    revision,
  });
  return deploymentId;
};

const readyGate = (terminationWaitTimeInMinutes: number) => ({
  deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT' as const, waitTimeInMinutes: 600 },
  terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE' as const, terminationWaitTimeInMinutes },
});

const onTheLine = async (url: string): Promise<string> => (await fetch(url)).text();
const living = async () =>
  (await shop.taskSets())
    .filter(({ status }) => status !== 'DRAINING')
    .map(({ status, externalId }) => ({ status, externalId }));

it('moves every user to green without losing a request, after green was seen on the test listener', async () => {
  await open({ blueGreenDeploymentConfiguration: readyGate(1) });
  const deploymentId = await deploy('2');
  await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
  expect(await onTheLine(shop.urls.test)).toBe('search:2');
  expect([...users.seen.keys()]).toEqual(['200 search:1']);
  await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' });
  expect((await until(codedeploy, deploymentId, ended)).status).toBe('Succeeded');
  await users.leave();
  expect([...users.seen.keys()].toSorted()).toEqual(['200 search:1', '200 search:2']);
  expect(await onTheLine(shop.urls.production)).toBe('search:2');
  expect(await living()).toEqual([{ status: 'PRIMARY', externalId: deploymentId }]);
});

it('shows a canary to a tenth of the users, and takes it from them when it is stopped', async () => {
  await open({ deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent15Minutes' });
  const deploymentId = await deploy('2');
  await until(codedeploy, deploymentId, () => users.seen.has('200 search:2'));
  const before = new Map(users.seen);
  await sleep(500);
  const grown = (answer: string) => (users.seen.get(answer) ?? 0) - (before.get(answer) ?? 0);
  const share = grown('200 search:2') / (grown('200 search:1') + grown('200 search:2'));
  expect(share).toBeGreaterThan(0.03);
  expect(share).toBeLessThan(0.25);
  await codedeploy.stopDeployment({ deploymentId, autoRollbackEnabled: true });
  const { rollbackInfo } = await until(codedeploy, deploymentId, ended);
  await until(codedeploy, rollbackInfo?.rollbackDeploymentId ?? '', ended);
  const shown = users.seen.get('200 search:2');
  await sleep(200);
  await users.leave();
  expect(users.seen.get('200 search:2')).toBe(shown);
  expect([...users.seen.keys()].filter((answer) => !answer.startsWith('200'))).toEqual([]);
});

it('brings the users back when an alarm on green’s errors fires after the shift', async () => {
  await open({
    blueGreenDeploymentConfiguration: readyGate(60),
    alarmConfiguration: { enabled: true, alarms: [{ name: 'search-5xx' }] },
    autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_STOP_ON_ALARM'] },
  });
  const cloudwatch = new CloudWatch(clientOptions(aws));
  await cloudwatch.putMetricAlarm({
    AlarmName: 'search-5xx',
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'HTTPCode_Target_5XX_Count',
    Dimensions: [{ Name: 'LoadBalancer', Value: shop.loadBalancer }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 3,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  cloudwatch.destroy();
  const deploymentId = await deploy('bad');
  await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
  await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' });
  const stopped = await until(codedeploy, deploymentId, ended);
  expect(stopped).toMatchObject({ status: 'Stopped', errorInformation: { code: 'ALARM_ACTIVE' } });
  const rollback = await until(codedeploy, stopped.rollbackInfo?.rollbackDeploymentId ?? '', ended);
  expect(rollback.status).toBe('Succeeded');
  expect(await onTheLine(shop.urls.production)).toBe('search:1');
  expect(users.seen.get('500 search:bad')).toBeGreaterThan(0);
  expect(await living()).toEqual([{ status: 'PRIMARY', externalId: undefined }]);
});

it('never shows a version that crashes or stays unhealthy, and can be stopped while it waits for it', async () => {
  await open({});
  for (const version of ['crash', 'sick']) {
    const deploymentId = await deploy(version);
    await until(codedeploy, deploymentId, ({ status }) => status === 'InProgress');
    await sleep(700);
    expect((await codedeploy.getDeployment({ deploymentId })).deploymentInfo?.status).toBe('InProgress');
    const { deploymentTarget } = await codedeploy.getDeploymentTarget({
      deploymentId,
      targetId: 'main:search',
    });
    expect(deploymentTarget?.ecsTarget?.taskSetsInfo).toMatchObject([
      { trafficWeight: 100 },
      { trafficWeight: 0, desiredCount: 2 },
    ]);
    await codedeploy.stopDeployment({ deploymentId, autoRollbackEnabled: true });
    const { rollbackInfo } = await until(codedeploy, deploymentId, ended);
    await until(codedeploy, rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(await living()).toHaveLength(1);
  }
  await users.leave();
  expect([...users.seen.keys()]).toEqual(['200 search:1']);
});
