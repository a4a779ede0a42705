import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CodeDeploy, type CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { appSpecContent, ended, groupInput, until } from './test/group.ts';
import { createRunningEcs, type RunningEcs } from './test/running-ecs.ts';

/** Deployments against load balancers that forward, alarms that evaluate, and users who keep asking. */
let aws: EmbeddedAws;
let ecs: RunningEcs;
let codedeploy: CodeDeploy;
let urls: { production: string; test: string };
let dimensions: { LoadBalancer: string };
let users: Users;

beforeEach(async () => {
  aws = await startAws({ timeScale: 120 });
  ecs = createRunningEcs(aws.kernel, (taskDefinition) =>
    taskDefinition === 'search:bad'
      ? (_request, response) => response.writeHead(500).end('search:bad')
      : undefined,
  );
  aws.kernel.register(ecs);
  codedeploy = new CodeDeploy(clientOptions(aws));
  await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
});

afterEach(async () => {
  await users.leave();
  codedeploy.destroy();
  await aws.stop();
});

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === 'object' && bound ? bound.port : 0;
}

/** A load balancer with two listeners, two target groups and version 1 behind them, and its group. */
async function environment(changes: Partial<CreateDeploymentGroupInput>): Promise<void> {
  const elb = new ElasticLoadBalancingV2(clientOptions(aws));
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'shop', Subnets: ['subnet-a', 'subnet-b'] });
  const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {};
  const targetGroup = async (Name: string) => {
    const created = await elb.createTargetGroup({
      ...{ Name, TargetType: 'ip', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1' },
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
    });
    return created.TargetGroups?.[0]?.TargetGroupArn ?? '';
  };
  const [one, two] = [await targetGroup('one'), await targetGroup('two')];
  const weights = [
    { TargetGroupArn: one, Weight: 100 },
    { TargetGroupArn: two, Weight: 0 },
  ];
  const listener = async () => {
    const Port = await freePort(DNSName);
    const DefaultActions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups: weights } }];
    const { Listeners } = await elb.createListener({
      LoadBalancerArn,
      Port,
      Protocol: 'HTTP',
      DefaultActions,
    });
    return { arn: Listeners?.[0]?.ListenerArn ?? '', url: `http://${DNSName}:${Port}/` };
  };
  const [production, test] = [await listener(), await listener()];
  urls = { production: production.url, test: test.url };
  dimensions = { LoadBalancer: LoadBalancerArn.split(':loadbalancer/')[1] ?? '' };
  await ecs.bootstrap('search:1', one);
  await codedeploy.createDeploymentGroup({
    ...groupInput,
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: 'one' }, { name: 'two' }],
          prodTrafficRoute: { listenerArns: [production.arn] },
          testTrafficRoute: { listenerArns: [test.arn] },
        },
      ],
    },
    ...changes,
  });
  elb.destroy();
  while (
    !(await fetch(urls.production).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(10);
  users = usersOf(urls.production);
}

interface Users {
  /** Answers so far, by status and body: `200 search:1`. */
  seen: Map<string, number>;
  leave(): Promise<void>;
}

/** Four users, each asking again 5 ms after its last answer. */
function usersOf(url: string): Users {
  const seen = new Map<string, number>();
  let leaving = false;
  const ask = async () => {
    while (!leaving) {
      const answer = await fetch(url)
        .then(async (response) => `${response.status} ${await response.text()}`)
        .catch((error: Error) => `lost: ${error.message}`);
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
      await sleep(5);
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, ask));
  return {
    seen,
    leave: async () => {
      leaving = true;
      await all;
    },
  };
}

const deploy = async (taskDefinition: string): Promise<string> => {
  const { deploymentId = '' } = await codedeploy.createDeployment({
    applicationName: 'shop',
    deploymentGroupName: 'search',
    revision: appSpecContent({ taskDefinition }),
  });
  return deploymentId;
};

const readyGate = (terminationWaitTimeInMinutes: number) => ({
  deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT' as const, waitTimeInMinutes: 600 },
  terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE' as const, terminationWaitTimeInMinutes },
});

it('moves every user to green without losing a request, after green was seen on the test listener', async () => {
  await environment({ blueGreenDeploymentConfiguration: readyGate(1) });
  const deploymentId = await deploy('search:2');
  await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
  expect(await (await fetch(urls.test)).text()).toBe('search:2');
  expect([...users.seen.keys()]).toEqual(['200 search:1']);
  await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' });
  expect((await until(codedeploy, deploymentId, ended)).status).toBe('Succeeded');
  await users.leave();
  expect([...users.seen.keys()].toSorted()).toEqual(['200 search:1', '200 search:2']);
  expect(await (await fetch(urls.production)).text()).toBe('search:2');
  expect(ecs.taskSets().map(({ taskDefinition }) => taskDefinition)).toEqual(['search:2']);
});

it('shows a canary to a tenth of the users, and takes it from them when it is stopped', async () => {
  await environment({ deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent15Minutes' });
  const deploymentId = await deploy('search:2');
  while (!users.seen.has('200 search:2')) await sleep(5);
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
  await environment({
    blueGreenDeploymentConfiguration: readyGate(60),
    alarmConfiguration: { enabled: true, alarms: [{ name: 'search-5xx' }] },
    autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_STOP_ON_ALARM'] },
  });
  const cloudwatch = new CloudWatch(clientOptions(aws));
  await cloudwatch.putMetricAlarm({
    AlarmName: 'search-5xx',
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'HTTPCode_Target_5XX_Count',
    Dimensions: [{ Name: 'LoadBalancer', Value: dimensions.LoadBalancer }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 3,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  const deploymentId = await deploy('search:bad');
  await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
  await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' });
  const stopped = await until(codedeploy, deploymentId, ended);
  expect(stopped).toMatchObject({ status: 'Stopped', errorInformation: { code: 'ALARM_ACTIVE' } });
  const rollback = await until(codedeploy, stopped.rollbackInfo?.rollbackDeploymentId ?? '', ended);
  expect(rollback.status).toBe('Succeeded');
  expect(await (await fetch(urls.production)).text()).toBe('search:1');
  expect(users.seen.get('500 search:bad')).toBeGreaterThan(0);
  expect(ecs.taskSets().map(({ taskDefinition, status }) => [taskDefinition, status])).toEqual([
    ['search:1', 'PRIMARY'],
  ]);
  cloudwatch.destroy();
});
