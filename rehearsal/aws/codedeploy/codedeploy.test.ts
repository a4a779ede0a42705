import { CodeDeploy, type CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import { awsError } from '../kernel/error.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { appSpecContent, ended, eventsOf, groupInput, operationsUnderRole, until } from './test/group.ts';
import {
  createNeighbours,
  forward,
  listeners,
  type Neighbours,
  targetGroups,
  weightsOf,
} from './test/neighbours.ts';

/** A minute is 40 ms. */
const timeScale = 1500;

let aws: EmbeddedAws;
let world: Neighbours;
let codedeploy: CodeDeploy;

beforeEach(async () => {
  world = createNeighbours();
  aws = await startAws({ timeScale });
  for (const service of world.services) aws.kernel.register(service);
  codedeploy = new CodeDeploy(clientOptions(aws));
  await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
});

afterEach(async () => {
  codedeploy.destroy();
  await aws.stop();
});

const group = (changes: Partial<CreateDeploymentGroupInput> = {}) =>
  codedeploy.createDeploymentGroup({ ...groupInput, ...changes });

async function deploy(revision = appSpecContent(), changes: object = {}): Promise<string> {
  const { deploymentId } = await codedeploy.createDeployment({
    applicationName: 'shop',
    deploymentGroupName: 'search',
    revision,
    ...changes,
  });
  return deploymentId ?? '';
}

const everyEvent = {
  enabled: true,
  events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
} as const;
const rollingBack = { autoRollbackConfiguration: { enabled: true, events: [...everyEvent.events] } };
const withReadyGate = {
  blueGreenDeploymentConfiguration: {
    ...groupInput.blueGreenDeploymentConfiguration,
    deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 },
  },
} satisfies Partial<CreateDeploymentGroupInput>;
const withAlarm = { alarmConfiguration: { enabled: true, alarms: [{ name: 'search-5xx' }] } };

const production = () => weightsOf(world.forwards.get(listeners.production));
const primary = () => world.taskSets.find(({ status }) => status === 'PRIMARY');

describe('a deployment', () => {
  it('brings green up, shifts everything at once, ends blue and succeeds', async () => {
    await group();
    const deploymentId = await deploy();
    const deployment = await until(codedeploy, deploymentId, ended);
    expect(deployment).toMatchObject({
      status: 'Succeeded',
      creator: 'user',
      deploymentOverview: { Succeeded: 1, Failed: 0 },
    });
    expect(deployment.errorInformation).toBeUndefined();
    expect(production()).toEqual({ one: 0, two: 100 });
    expect(weightsOf(world.forwards.get(listeners.test))).toEqual({ one: 0, two: 100 });
    expect(world.taskSets).toHaveLength(1);
    expect(primary()).toMatchObject({ taskDefinition: 'search:2', externalId: deploymentId });
    expect(new Set(Object.values(await eventsOf(codedeploy, deploymentId)))).toEqual(new Set(['Succeeded']));
    const { deploymentGroupInfo } = await codedeploy.getDeploymentGroup({
      applicationName: 'shop',
      deploymentGroupName: 'search',
    });
    expect(deploymentGroupInfo?.lastSuccessfulDeployment?.deploymentId).toBe(deploymentId);
  });

  it('needs no permission beyond those of AWSCodeDeployRoleForECS', async () => {
    await group(withAlarm);
    world.rules.push({ RuleArn: 'rule-1', Actions: forward({ one: 100, two: 0 }) });
    await until(codedeploy, await deploy(), ended);
    const allowed = new Set([
      'ecs:DescribeServices',
      'ecs:CreateTaskSet',
      'ecs:UpdateServicePrimaryTaskSet',
      'ecs:DeleteTaskSet',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:ModifyListener',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:ModifyRule',
      'cloudwatch:DescribeAlarms',
    ]);
    expect(operationsUnderRole(aws)).toEqual(allowed);
    expect(weightsOf(world.rules[0]?.Actions)).toEqual({ one: 0, two: 100 });
  });

  it('alternates between the target groups from one deployment to the next', async () => {
    await group();
    await until(codedeploy, await deploy(), ended);
    await until(codedeploy, await deploy(appSpecContent({ taskDefinition: 'search:3' })), ended);
    expect(production()).toEqual({ one: 100, two: 0 });
    expect(primary()?.taskDefinition).toBe('search:3');
  });

  it('drops the capacity providers that its AppSpec leaves out and keeps those that it names', async () => {
    await group();
    await until(codedeploy, await deploy(appSpecContent({ capacityProvider: 'FARGATE_SPOT' })), ended);
    expect(primary()?.capacityProviderStrategy).toEqual([
      { capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1 },
    ]);
    await until(codedeploy, await deploy(), ended);
    expect(primary()).toMatchObject({ launchType: 'FARGATE' });
    expect(primary()?.capacityProviderStrategy).toBeUndefined();
  });

  it('shifts ten percent a minute when the configuration is linear', async () => {
    await group({ deploymentConfigName: 'CodeDeployDefault.ECSLinear10PercentEvery1Minutes' });
    await until(codedeploy, await deploy(), ended);
    expect(world.productionWeights.map(({ two }) => two)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('puts green behind a listener that forwards to blue alone, at weight 0, before a canary', async () => {
    world.forwards.set(listeners.production, [{ Type: 'forward', TargetGroupArn: targetGroups.one }]);
    await group({ deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent5Minutes' });
    await until(codedeploy, await deploy(), ended);
    expect(world.productionWeights.map(({ two }) => two)).toEqual([0, 10, 100]);
  });

  it('is the only active one of its group, however many are asked for at once', async () => {
    await group();
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => deploy()));
    const accepted = answers.filter(({ status }) => status === 'fulfilled');
    expect(accepted).toHaveLength(1);
    const [first] = accepted;
    const id = first?.status === 'fulfilled' ? first.value : '';
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        expect(answer.reason).toMatchObject({
          name: 'DeploymentLimitExceededException',
          message: `The Deployment Group 'search' already has an active Deployment '${id}'`,
        });
      }
    }
  });

  it('waits for blue to end, during which the next one is refused, until the wait is cut short', async () => {
    await group({
      blueGreenDeploymentConfiguration: {
        ...groupInput.blueGreenDeploymentConfiguration,
        terminateBlueInstancesOnDeploymentSuccess: {
          action: 'TERMINATE',
          terminationWaitTimeInMinutes: 2880,
        },
      },
    });
    const deploymentId = await deploy();
    const waiting = await until(
      codedeploy,
      deploymentId,
      (info) => info.instanceTerminationWaitTimeStarted === true,
    );
    expect(waiting.status).toBe('InProgress');
    expect(waiting.deploymentOverview).toBeUndefined();
    expect(new Set(Object.values(await eventsOf(codedeploy, deploymentId)))).toEqual(new Set(['Succeeded']));
    const { deploymentTarget } = await codedeploy.getDeploymentTarget({
      deploymentId,
      targetId: 'main:search',
    });
    expect(deploymentTarget?.ecsTarget?.taskSetsInfo).toMatchObject([
      {
        identifer: 'ecs-svc/1',
        status: 'ACTIVE',
        trafficWeight: 0,
        taskSetLabel: 'Blue',
        targetGroup: { name: 'one' },
      },
      {
        identifer: 'ecs-svc/2',
        status: 'PRIMARY',
        trafficWeight: 100,
        taskSetLabel: 'Green',
        targetGroup: { name: 'two' },
      },
    ]);
    await expect(deploy()).rejects.toMatchObject({ name: 'DeploymentLimitExceededException' });
    await expect(
      codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' }),
    ).rejects.toMatchObject({ name: 'DeploymentIsNotInReadyStateException' });
    await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'TERMINATION_WAIT' });
    expect((await until(codedeploy, deploymentId, ended)).status).toBe('Succeeded');
  });
});

describe('the ready gate', () => {
  it('holds green with test traffic only, until the deployment is continued', async () => {
    await group(withReadyGate);
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
    expect(production()).toEqual({ one: 100, two: 0 });
    expect(weightsOf(world.forwards.get(listeners.test))).toEqual({ one: 0, two: 100 });
    expect(await eventsOf(codedeploy, deploymentId)).toMatchObject({
      AfterAllowTestTraffic: 'Succeeded',
      BeforeAllowTraffic: 'Pending',
    });
    await codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'READY_WAIT' });
    expect((await until(codedeploy, deploymentId, ended)).status).toBe('Succeeded');
    await expect(codedeploy.continueDeployment({ deploymentId })).rejects.toMatchObject({
      name: 'DeploymentAlreadyCompletedException',
    });
  });

  it('ends the deployment as Stopped when nobody continues it', async () => {
    await group({ ...withReadyGate, ...rollingBack });
    const deployment = await until(codedeploy, await deploy(), ended);
    expect(deployment).toMatchObject({
      status: 'Stopped',
      errorInformation: {
        code: 'TIMEOUT',
        message:
          'The deployment timed out while waiting for a notification to continue. This time out period is 60 minutes.',
      },
    });
    const rollback = await until(codedeploy, deployment.rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(rollback.status).toBe('Succeeded');
    expect(world.taskSets).toHaveLength(1);
    expect(world.productionWeights.filter(({ two = 0 }) => two > 0)).toEqual([]);
  });
});

describe('a stop', () => {
  it('rolls back by a deployment of its own when that is asked for', async () => {
    await group(withReadyGate);
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
    const answer = await codedeploy.stopDeployment({ deploymentId, autoRollbackEnabled: true });
    expect(answer.status).toBe('Succeeded');
    const stopped = await until(codedeploy, deploymentId, ended);
    const rollbackId = stopped.rollbackInfo?.rollbackDeploymentId ?? '';
    expect(stopped).toMatchObject({
      status: 'Stopped',
      errorInformation: { code: 'MANUAL_STOP' },
      rollbackInfo: {
        rollbackMessage: `Deployment ${deploymentId} terminated. Automatic rollback is triggered with a DeploymentId ${rollbackId}.`,
      },
    });
    expect(await until(codedeploy, rollbackId, ended)).toMatchObject({
      status: 'Succeeded',
      creator: 'codeDeployRollback',
      deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
      rollbackInfo: {
        rollbackTriggeringDeploymentId: deploymentId,
        rollbackMessage: `Deployment ${rollbackId} is triggered to roll back deployment ${deploymentId}.`,
      },
    });
    expect(world.taskSets.map(({ id }) => id)).toEqual(['ecs-svc/1']);
    expect(weightsOf(world.forwards.get(listeners.test))).toEqual({ one: 100, two: 0 });
    await expect(codedeploy.stopDeployment({ deploymentId })).rejects.toMatchObject({
      name: 'DeploymentAlreadyCompletedException',
    });
  });

  it('leaves everything where it is otherwise, so that the next deployment is refused by the load balancer', async () => {
    await group(withReadyGate);
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, ({ status }) => status === 'Ready');
    await codedeploy.stopDeployment({ deploymentId });
    expect(world.taskSets).toHaveLength(2);
    expect(weightsOf(world.forwards.get(listeners.test))).toEqual({ one: 0, two: 100 });
    expect(await until(codedeploy, await deploy(), ended)).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'ELASTIC_LOAD_BALANCING_INVALID',
        message: `The ELB could not be updated due to the following error: Primary taskset target group must be behind listener ${listeners.test}`,
      },
    });
  });

  it('during a canary returns all traffic to blue at once', async () => {
    await codedeploy.createDeploymentConfig({
      deploymentConfigName: 'Canary20Percent1000Minutes',
      computePlatform: 'ECS',
      trafficRoutingConfig: {
        type: 'TimeBasedCanary',
        timeBasedCanary: { canaryPercentage: 20, canaryInterval: 1000 },
      },
    });
    await group({ deploymentConfigName: 'Canary20Percent1000Minutes', ...rollingBack });
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, () => production().two === 20);
    await codedeploy.stopDeployment({ deploymentId });
    const stopped = await until(codedeploy, deploymentId, ended);
    expect(await eventsOf(codedeploy, deploymentId)).toMatchObject({
      BeforeAllowTraffic: 'Succeeded',
      AllowTraffic: 'Failed',
      AfterAllowTraffic: 'Skipped',
    });
    await until(codedeploy, stopped.rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(production()).toEqual({ one: 100, two: 0 });
    expect(primary()?.id).toBe('ecs-svc/1');
  });
});

describe('an alarm', () => {
  it('that fires during the wait for termination brings blue back', async () => {
    await group({ ...withAlarm, ...rollingBack });
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, (info) => info.instanceTerminationWaitTimeStarted === true);
    world.alarms.set('search-5xx', 'ALARM');
    const stopped = await until(codedeploy, deploymentId, ended);
    expect(stopped).toMatchObject({
      status: 'Stopped',
      errorInformation: {
        code: 'ALARM_ACTIVE',
        message:
          'One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <search-5xx>',
      },
    });
    const rollback = await until(codedeploy, stopped.rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(rollback.status).toBe('Succeeded');
    expect(production()).toEqual({ one: 100, two: 0 });
    expect(world.taskSets.map(({ id, status }) => [id, status])).toEqual([['ecs-svc/1', 'PRIMARY']]);
  });

  it('that fires already stops the deployment, unless the deployment overrides the alarms', async () => {
    await group({ ...withAlarm, ...rollingBack });
    world.alarms.set('search-5xx', 'ALARM');
    expect(await until(codedeploy, await deploy(), ended)).toMatchObject({
      status: 'Stopped',
      errorInformation: { code: 'ALARM_ACTIVE' },
    });
    await until(codedeploy, (await codedeploy.listDeployments({})).deployments?.[0] ?? '', ended);
    const overridden = await deploy(appSpecContent(), { overrideAlarmConfiguration: { enabled: false } });
    expect((await until(codedeploy, overridden, ended)).status).toBe('Succeeded');
  });

  it('that cannot be read stops the deployment, unless that is to be ignored', async () => {
    const denied = () => {
      throw awsError('AccessDenied', 'not authorized to perform: cloudwatch:DescribeAlarms');
    };
    aws.kernel.register({ id: 'cloudwatch', operations: { DescribeAlarms: denied } });
    await group(withAlarm);
    const stopped = await until(codedeploy, await deploy(), ended);
    expect(stopped).toMatchObject({ status: 'Stopped', errorInformation: { code: 'IAM_ROLE_PERMISSIONS' } });
    expect(stopped.errorInformation?.message).toContain('AmazonCloudWatch');
    const alarmConfiguration = { ...withAlarm.alarmConfiguration, ignorePollAlarmFailure: true };
    await codedeploy.updateDeploymentGroup({
      applicationName: 'shop',
      currentDeploymentGroupName: 'search',
      alarmConfiguration,
    });
    expect((await until(codedeploy, await deploy(), ended)).status).toBe('Succeeded');
  });
});

describe('a failure', () => {
  it('of green to become healthy ends the deployment after an hour, and green goes', async () => {
    world.replacementsAreHealthy = false;
    await group(rollingBack);
    const deploymentId = await deploy();
    const failed = await until(codedeploy, deploymentId, ended);
    expect(failed).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'TIMEOUT',
        message:
          'The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.',
      },
    });
    expect(await eventsOf(codedeploy, deploymentId)).toMatchObject({
      BeforeInstall: 'Succeeded',
      Install: 'Failed',
      AfterInstall: 'Skipped',
    });
    await until(codedeploy, failed.rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(world.taskSets).toHaveLength(1);
  });

  it('of the service to stay steady for five minutes of a shift ends the deployment', async () => {
    await group({
      deploymentConfigName: 'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
      ...rollingBack,
    });
    const deploymentId = await deploy();
    await until(codedeploy, deploymentId, () => production().two === 10);
    for (const taskSet of world.taskSets) taskSet.stabilityStatus = 'STABILIZING';
    const failed = await until(codedeploy, deploymentId, ended);
    expect(failed).toMatchObject({ status: 'Failed', errorInformation: { code: 'TIMEOUT' } });
    expect(failed.errorInformation?.message).toContain('during the traffic shift');
    await until(codedeploy, failed.rollbackInfo?.rollbackDeploymentId ?? '', ended);
    expect(production()).toEqual({ one: 100, two: 0 });
  });

  it('of ECS to create green is told with ECS’s own words', async () => {
    await group(rollingBack);
    aws.kernel.intercept(({ operation }) => {
      if (operation === 'CreateTaskSet') throw awsError('ClientException', 'TaskDefinition not found.');
    });
    const failed = await until(codedeploy, await deploy(), ended);
    expect(failed).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'ECS_UPDATE_ERROR',
        message:
          'The Amazon ECS service cannot be updated due to the following error: TaskDefinition not found.',
      },
    });
    expect(failed.rollbackInfo).toBeUndefined();
  });

  it('to switch the PRIMARY task set puts traffic back where the PRIMARY one is', async () => {
    await group();
    aws.kernel.intercept(({ operation }) => {
      if (operation === 'UpdateServicePrimaryTaskSet') throw awsError('AccessDeniedException', 'no');
    });
    const failed = await until(codedeploy, await deploy(), ended);
    expect(failed).toMatchObject({ status: 'Failed', errorInformation: { code: 'IAM_ROLE_PERMISSIONS' } });
    expect(production()).toEqual({ one: 100, two: 0 });
  });

  it('by throttling is waited out', async () => {
    await group();
    let refused = 0;
    aws.kernel.intercept(({ operation }) => {
      if (operation === 'ModifyListener' && refused++ < 3) throw awsError('Throttling', 'Rate exceeded');
    });
    expect((await until(codedeploy, await deploy(), ended)).status).toBe('Succeeded');
    expect(refused).toBeGreaterThan(3);
  });

  it('of the AppSpec names its faults', async () => {
    await group();
    const content =
      'version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        LoadBalancerInfo: {ContainerName: app, ContainerPort: 0}\n';
    const deploymentId = await deploy({
      revisionType: 'AppSpecContent',
      appSpecContent: { content },
    } as never);
    const failed = await until(codedeploy, deploymentId, ended);
    expect(failed.errorInformation?.code).toBe('INVALID_REVISION');
    expect(failed.errorInformation?.message).toContain('Resources.0.TargetService.Properties.TaskDefinition');
    expect(failed.errorInformation?.message).toContain('ContainerPort');
  });
});
