import { CodeDeploy, type CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { appSpecContent, ended, eventsOf, groupInput, until } from './test/group.ts';
import { createNeighbours, listeners } from './test/neighbours.ts';

interface HookPayload {
  DeploymentId: string;
  LifecycleEventHookExecutionId: string;
}

let aws: EmbeddedAws;
let codedeploy: CodeDeploy;
let invocations: (HookPayload & { functionName: string })[];
let onInvoke: (payload: HookPayload) => Promise<void>;

beforeEach(async () => {
  aws = await startAws({ timeScale: 1500 });
  invocations = [];
  onInvoke = async () => undefined;
  for (const service of createNeighbours().services) aws.kernel.register(service);
  aws.kernel.register({
    id: 'lambda',
    operations: {
      Invoke: ({ FunctionName: functionName, Payload }) => {
        const payload: HookPayload = JSON.parse(Buffer.from(Payload as Uint8Array).toString('utf8'));
        invocations.push({ functionName, ...payload });
        void onInvoke(payload);
        return { StatusCode: 202 };
      },
    },
  });
  codedeploy = new CodeDeploy(clientOptions(aws));
  await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
});

afterEach(async () => {
  codedeploy.destroy();
  await aws.stop();
});

const pairWith = (pair: object): Partial<CreateDeploymentGroupInput> => ({
  loadBalancerInfo: {
    targetGroupPairInfoList: [{ ...groupInput.loadBalancerInfo.targetGroupPairInfoList[0], ...pair }],
  },
});

const blueGreenWith = (change: object): Partial<CreateDeploymentGroupInput> => ({
  blueGreenDeploymentConfiguration: { ...groupInput.blueGreenDeploymentConfiguration, ...change },
});

const deployment = { applicationName: 'shop', deploymentGroupName: 'search', revision: appSpecContent() };

describe('a deployment group is refused', () => {
  const alarm = { name: 'search-5xx' };
  const cases: [string, Partial<CreateDeploymentGroupInput>, string][] = [
    ['without a load balancer', { loadBalancerInfo: undefined }, 'InvalidLoadBalancerInfoException'],
    [
      'with a Classic Load Balancer',
      { loadBalancerInfo: { elbInfoList: [{ name: 'old' }] } },
      'InvalidLoadBalancerInfoException',
    ],
    [
      'with one target group',
      pairWith({ targetGroups: [{ name: 'one' }] }),
      'InvalidTargetGroupPairException',
    ],
    [
      'with the same target group twice',
      pairWith({ targetGroups: [{ name: 'one' }, { name: 'one' }] }),
      'InvalidTargetGroupPairException',
    ],
    [
      'without a production listener',
      pairWith({ prodTrafficRoute: undefined }),
      'InvalidTargetGroupPairException',
    ],
    [
      'with two production listeners',
      pairWith({ prodTrafficRoute: { listenerArns: [listeners.production, listeners.test] } }),
      'InvalidTargetGroupPairException',
    ],
    [
      'with a rule for a listener',
      pairWith({
        testTrafficRoute: { listenerArns: [listeners.test.replace(':listener/', ':listener-rule/')] },
      }),
      'InvalidTargetGroupPairException',
    ],
    [
      'without a blue/green configuration',
      { blueGreenDeploymentConfiguration: undefined },
      'InvalidBlueGreenDeploymentConfigurationException',
    ],
    [
      'that keeps blue alive',
      blueGreenWith({ terminateBlueInstancesOnDeploymentSuccess: { action: 'KEEP_ALIVE' } }),
      'InvalidBlueGreenDeploymentConfigurationException',
    ],
    [
      'that waits for blue’s end more than two days',
      blueGreenWith({
        terminateBlueInstancesOnDeploymentSuccess: {
          action: 'TERMINATE',
          terminationWaitTimeInMinutes: 2881,
        },
      }),
      'InvalidBlueGreenDeploymentConfigurationException',
    ],
    [
      'with a ready gate that does not wait',
      blueGreenWith({ deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT' } }),
      'InvalidBlueGreenDeploymentConfigurationException',
    ],
    [
      'that deploys in place',
      { deploymentStyle: { deploymentType: 'IN_PLACE' } },
      'InvalidDeploymentStyleException',
    ],
    ['without a service', { ecsServices: [] }, 'InvalidECSServiceException'],
    [
      'with two services',
      { ecsServices: [{ serviceName: 'a' }, { serviceName: 'b' }] },
      'InvalidECSServiceException',
    ],
    [
      'with a service that is not there',
      { ecsServices: [{ clusterName: 'main', serviceName: 'gone' }] },
      'InvalidECSServiceException',
    ],
    ['with Auto Scaling groups', { autoScalingGroups: ['asg'] }, 'InvalidAutoScalingGroupException'],
    ['with a role that is none', { serviceRoleArn: 'codedeploy' }, 'InvalidRoleException'],
    [
      'with an unknown configuration',
      { deploymentConfigName: 'Nightly' },
      'DeploymentConfigDoesNotExistException',
    ],
    [
      'with alarms enabled and none named',
      { alarmConfiguration: { enabled: true, alarms: [] } },
      'InvalidAlarmConfigException',
    ],
    [
      'with an alarm twice',
      { alarmConfiguration: { enabled: true, alarms: [alarm, alarm] } },
      'InvalidAlarmConfigException',
    ],
    [
      'with eleven alarms',
      { alarmConfiguration: { alarms: Array.from({ length: 11 }, (_, index) => ({ name: `a${index}` })) } },
      'AlarmsLimitExceededException',
    ],
    [
      'with rollback enabled for nothing',
      { autoRollbackConfiguration: { enabled: true, events: [] } },
      'InvalidAutoRollbackConfigException',
    ],
    [
      'with an unknown rollback event',
      { autoRollbackConfiguration: { enabled: true, events: ['ON_MONDAYS' as never] } },
      'InvalidAutoRollbackConfigException',
    ],
    ['with a name of spaces', { deploymentGroupName: 'a b' }, 'InvalidDeploymentGroupNameException'],
    [
      'with a gradual shift behind a Network Load Balancer',
      {
        ...pairWith({ prodTrafficRoute: { listenerArns: [listeners.production.replace('/app/', '/net/')] } }),
        deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent5Minutes',
      },
      'InvalidTrafficRoutingConfigurationException',
    ],
  ];

  it.each(cases)('%s', async (_what, changes, name) => {
    const request = codedeploy.createDeploymentGroup({ ...groupInput, ...changes });
    await expect(request).rejects.toMatchObject({ name });
    const { deploymentGroups } = await codedeploy.listDeploymentGroups({ applicationName: 'shop' });
    expect(deploymentGroups).toEqual([]);
  });

  it('for a service that another group has', async () => {
    await codedeploy.createDeploymentGroup(groupInput);
    await expect(codedeploy.createDeploymentGroup(groupInput)).rejects.toMatchObject({
      name: 'DeploymentGroupAlreadyExistsException',
    });
    await expect(
      codedeploy.createDeploymentGroup({ ...groupInput, deploymentGroupName: 'other' }),
    ).rejects.toMatchObject({ name: 'ECSServiceMappingLimitExceededException' });
  });
});

describe('a deployment group', () => {
  it('is shown as it was created, changed in part, renamed and deleted', async () => {
    const { deploymentGroupId } = await codedeploy.createDeploymentGroup(groupInput);
    const get = async (deploymentGroupName: string) =>
      (await codedeploy.getDeploymentGroup({ applicationName: 'shop', deploymentGroupName }))
        .deploymentGroupInfo;
    expect(await get('search')).toMatchObject({ ...groupInput, deploymentGroupId, computePlatform: 'ECS' });
    await codedeploy.updateDeploymentGroup({
      applicationName: 'shop',
      currentDeploymentGroupName: 'search',
      newDeploymentGroupName: 'found',
      alarmConfiguration: { enabled: true, alarms: [{ name: 'a' }] },
    });
    expect(await get('found')).toMatchObject({
      loadBalancerInfo: groupInput.loadBalancerInfo,
      alarmConfiguration: { enabled: true, alarms: [{ name: 'a' }] },
    });
    const batch = await codedeploy.batchGetDeploymentGroups({
      applicationName: 'shop',
      deploymentGroupNames: ['found', 'search'],
    });
    expect(batch.deploymentGroupsInfo?.map((info) => info.deploymentGroupName)).toEqual(['found']);
    expect(batch.errorMessage).toContain('search');
    await codedeploy.deleteDeploymentGroup({ applicationName: 'shop', deploymentGroupName: 'found' });
    await expect(get('found')).rejects.toMatchObject({
      name: 'DeploymentGroupDoesNotExistException',
      message: 'No Deployment Group found for name: found',
    });
  });

  it('that is deleted fails its deployment', async () => {
    await codedeploy.createDeploymentGroup(groupInput);
    const { deploymentId = '' } = await codedeploy.createDeployment(deployment);
    await codedeploy.deleteDeploymentGroup({ applicationName: 'shop', deploymentGroupName: 'search' });
    expect(await until(codedeploy, deploymentId, ended)).toMatchObject({
      status: 'Failed',
      errorInformation: { code: 'DEPLOYMENT_GROUP_MISSING' },
    });
  });
});

describe('a deployment is refused', () => {
  beforeEach(async () => {
    await codedeploy.createDeploymentGroup(groupInput);
  });

  const content = appSpecContent().appSpecContent.content;
  const cases: [string, object, string][] = [
    ['of an unknown application', { applicationName: 'none' }, 'ApplicationDoesNotExistException'],
    ['of an unknown group', { deploymentGroupName: 'none' }, 'DeploymentGroupDoesNotExistException'],
    ['without a group', { deploymentGroupName: undefined }, 'DeploymentGroupNameRequiredException'],
    ['without a revision', { revision: undefined }, 'RevisionRequiredException'],
    [
      'with a revision of another sha256',
      { revision: { revisionType: 'AppSpecContent', appSpecContent: { content, sha256: '0'.repeat(64) } } },
      'InvalidRevisionException',
    ],
    [
      'with an empty AppSpec',
      { revision: { revisionType: 'AppSpecContent', appSpecContent: { content: '' } } },
      'InvalidRevisionException',
    ],
    [
      'from GitHub',
      { revision: { revisionType: 'GitHub', gitHubLocation: { repository: 'a/b', commitId: 'c' } } },
      'InvalidRevisionException',
    ],
    [
      'from a zip in S3',
      { revision: { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k', bundleType: 'zip' } } },
      'InvalidRevisionException',
    ],
    [
      'with an unknown configuration',
      { deploymentConfigName: 'Nightly' },
      'DeploymentConfigDoesNotExistException',
    ],
    [
      'with an override of alarms that names none',
      { overrideAlarmConfiguration: { enabled: true } },
      'InvalidAlarmConfigException',
    ],
    [
      'with target instances',
      { targetInstances: { autoScalingGroups: ['a'] } },
      'InvalidTargetInstancesException',
    ],
  ];

  it.each(cases)('%s', async (_what, changes, name) => {
    await expect(codedeploy.createDeployment({ ...deployment, ...changes })).rejects.toMatchObject({ name });
    expect((await codedeploy.listDeployments({})).deployments).toEqual([]);
  });

  it('by id, when the id or the target is malformed or unknown', async () => {
    const { deploymentId = '' } = await codedeploy.createDeployment(deployment);
    await expect(codedeploy.getDeployment({ deploymentId: 'latest' })).rejects.toMatchObject({
      name: 'InvalidDeploymentIdException',
    });
    await expect(codedeploy.stopDeployment({ deploymentId: 'd-ABCDEFGHI' })).rejects.toMatchObject({
      name: 'DeploymentDoesNotExistException',
    });
    await until(codedeploy, deploymentId, ({ status }) => status === 'InProgress');
    await expect(
      codedeploy.getDeploymentTarget({ deploymentId, targetId: 'main:other' }),
    ).rejects.toMatchObject({ name: 'DeploymentTargetDoesNotExistException' });
    await expect(
      codedeploy.continueDeployment({ deploymentId, deploymentWaitType: 'NO_WAIT' as never }),
    ).rejects.toMatchObject({ name: 'InvalidDeploymentWaitTypeException' });
  });
});

/** Against an AWS in real time, where a deployment stays Created for two seconds. */
async function inRealTime(use: (client: CodeDeploy) => Promise<void>): Promise<void> {
  const slow = await startAws({ timeScale: 1 });
  const client = new CodeDeploy(clientOptions(slow));
  try {
    for (const service of createNeighbours().services) slow.kernel.register(service);
    await client.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
    await client.createDeploymentGroup(groupInput);
    await use(client);
  } finally {
    client.destroy();
    await slow.stop();
  }
}

describe('a deployment that was just created', () => {
  it('has no target yet, and can be stopped', () =>
    inRealTime(async (client) => {
      const { deploymentId = '' } = await client.createDeployment(deployment);
      expect((await client.getDeployment({ deploymentId })).deploymentInfo?.status).toBe('Created');
      await expect(client.listDeploymentTargets({ deploymentId })).rejects.toMatchObject({
        name: 'DeploymentNotStartedException',
      });
      expect((await client.stopDeployment({ deploymentId })).status).toBe('Succeeded');
      expect((await client.getDeployment({ deploymentId })).deploymentInfo?.status).toBe('Stopped');
    }));
});

describe('deployments are listed', () => {
  it('newest first, by group, status and time', () =>
    inRealTime(async (client) => {
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) {
        const { deploymentId = '' } = await client.createDeployment({
          ...deployment,
          description: `run ${count}`,
        });
        ids.unshift(deploymentId);
        await client.stopDeployment({ deploymentId });
      }
      const list = async (input: Parameters<CodeDeploy['listDeployments']>[0]) =>
        (await client.listDeployments(input)).deployments;
      const ofGroup = { applicationName: 'shop', deploymentGroupName: 'search' };
      expect(await list(ofGroup)).toEqual(ids);
      expect(await list({ ...ofGroup, includeOnlyStatuses: ['Stopped'] })).toEqual(ids);
      expect(await list({ includeOnlyStatuses: ['InProgress', 'Created'] })).toEqual([]);
      expect(await list({ createTimeRange: { end: new Date(0) } })).toEqual([]);
      const { deploymentsInfo } = await client.batchGetDeployments({ deploymentIds: ids });
      expect(deploymentsInfo?.map(({ description }) => description)).toEqual(['run 2', 'run 1', 'run 0']);
    }));

  it('not with a malformed filter', async () => {
    const list = (input: Parameters<CodeDeploy['listDeployments']>[0]) => codedeploy.listDeployments(input);
    const upsideDown = { start: new Date(2000), end: new Date(1000) };
    await expect(list({ createTimeRange: upsideDown })).rejects.toMatchObject({
      name: 'InvalidTimeRangeException',
    });
    await expect(list({ nextToken: 'page two' })).rejects.toMatchObject({
      name: 'InvalidNextTokenException',
    });
    await expect(list({ includeOnlyStatuses: ['Done' as never] })).rejects.toMatchObject({
      name: 'InvalidDeploymentStatusException',
    });
  });
});

describe('deployment configurations', () => {
  it('are AWS’s five and those that are created', async () => {
    const five = (await codedeploy.listDeploymentConfigs({})).deploymentConfigsList;
    expect(five).toEqual([
      'CodeDeployDefault.ECSAllAtOnce',
      'CodeDeployDefault.ECSCanary10Percent15Minutes',
      'CodeDeployDefault.ECSCanary10Percent5Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
    ]);
    const routing = {
      type: 'TimeBasedLinear',
      timeBasedLinear: { linearPercentage: 25, linearInterval: 2 },
    } as const;
    const own = {
      deploymentConfigName: 'Quarters',
      computePlatform: 'ECS',
      trafficRoutingConfig: routing,
    } as const;
    await codedeploy.createDeploymentConfig(own);
    const { deploymentConfigInfo } = await codedeploy.getDeploymentConfig({
      deploymentConfigName: 'Quarters',
    });
    expect(deploymentConfigInfo?.trafficRoutingConfig).toEqual(routing);
    await expect(codedeploy.createDeploymentConfig(own)).rejects.toMatchObject({
      name: 'DeploymentConfigAlreadyExistsException',
    });
    await codedeploy.createDeploymentGroup({ ...groupInput, deploymentConfigName: 'Quarters' });
    await expect(
      codedeploy.deleteDeploymentConfig({ deploymentConfigName: 'Quarters' }),
    ).rejects.toMatchObject({ name: 'DeploymentConfigInUseException' });
    await codedeploy.deleteDeploymentGroup({ applicationName: 'shop', deploymentGroupName: 'search' });
    await codedeploy.deleteDeploymentConfig({ deploymentConfigName: 'Quarters' });
    expect((await codedeploy.listDeploymentConfigs({})).deploymentConfigsList).toEqual(five);
  });

  it('are refused where a percentage or an interval makes no sense', async () => {
    const create = (canaryPercentage: number, canaryInterval: number) =>
      codedeploy.createDeploymentConfig({
        deploymentConfigName: 'Odd',
        computePlatform: 'ECS',
        trafficRoutingConfig: {
          type: 'TimeBasedCanary',
          timeBasedCanary: { canaryPercentage, canaryInterval },
        },
      });
    await expect(create(0, 5)).rejects.toMatchObject({ name: 'InvalidTrafficRoutingConfigurationException' });
    await expect(create(100, 5)).rejects.toMatchObject({
      name: 'InvalidTrafficRoutingConfigurationException',
    });
    await expect(create(10, 0)).rejects.toMatchObject({
      name: 'InvalidTrafficRoutingConfigurationException',
    });
  });
});

describe('applications, revisions and tags', () => {
  it('are for ECS only, and known by name', async () => {
    await expect(
      codedeploy.createApplication({ applicationName: 'web', computePlatform: 'Lambda' }),
    ).rejects.toMatchObject({ name: 'InvalidComputePlatformException' });
    await expect(
      codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' }),
    ).rejects.toMatchObject({ name: 'ApplicationAlreadyExistsException' });
    await codedeploy.updateApplication({ applicationName: 'shop', newApplicationName: 'market' });
    expect((await codedeploy.listApplications({})).applications).toEqual(['market']);
    const { applicationsInfo } = await codedeploy.batchGetApplications({ applicationNames: ['market'] });
    expect(applicationsInfo).toMatchObject([{ applicationName: 'market', computePlatform: 'ECS' }]);
    await codedeploy.deleteApplication({ applicationName: 'market' });
    await expect(codedeploy.getApplication({ applicationName: 'market' })).rejects.toMatchObject({
      name: 'ApplicationDoesNotExistException',
      message: 'No application found for name: market',
    });
  });

  it('keep the revisions that were deployed, with the groups that used them', async () => {
    await codedeploy.createDeploymentGroup(groupInput);
    await codedeploy.createDeployment(deployment);
    const { revisions = [] } = await codedeploy.listApplicationRevisions({ applicationName: 'shop' });
    expect(revisions).toEqual([appSpecContent()]);
    const { revisionInfo } = await codedeploy.getApplicationRevision({
      applicationName: 'shop',
      revision: appSpecContent(),
    });
    expect(revisionInfo?.deploymentGroups).toEqual(['search']);
    await expect(
      codedeploy.getApplicationRevision({
        applicationName: 'shop',
        revision: appSpecContent({ taskDefinition: 'search:9' }),
      }),
    ).rejects.toMatchObject({ name: 'RevisionDoesNotExistException' });
  });

  it('carry tags', async () => {
    const ResourceArn = 'arn:aws:codedeploy:us-east-1:123456789012:application:shop';
    await codedeploy.tagResource({
      ResourceArn,
      Tags: [
        { Key: 'team', Value: 'a' },
        { Key: 'cost', Value: '1' },
      ],
    });
    await codedeploy.tagResource({ ResourceArn, Tags: [{ Key: 'team', Value: 'b' }] });
    await codedeploy.untagResource({ ResourceArn, TagKeys: ['cost'] });
    expect((await codedeploy.listTagsForResource({ ResourceArn })).Tags).toEqual([
      { Key: 'team', Value: 'b' },
    ]);
    await expect(codedeploy.listTagsForResource({ ResourceArn: 'shop' })).rejects.toMatchObject({
      name: 'InvalidArnException',
    });
  });
});

describe('a lifecycle hook', () => {
  const hooks = { BeforeInstall: 'check-before', AfterAllowTestTraffic: 'check-green' };
  const answer = (payload: HookPayload, status: 'Succeeded' | 'Failed') =>
    codedeploy.putLifecycleEventHookExecutionStatus({
      deploymentId: payload.DeploymentId,
      lifecycleEventHookExecutionId: payload.LifecycleEventHookExecutionId,
      status,
    });
  const deploy = async (): Promise<string> => {
    await codedeploy.createDeploymentGroup({
      ...groupInput,
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
    });
    const { deploymentId = '' } = await codedeploy.createDeployment({
      ...deployment,
      revision: appSpecContent({ hooks }),
    });
    return deploymentId;
  };

  it('lets the deployment go on when its function says so, and hears no second answer', async () => {
    onInvoke = async (payload) => {
      await answer(payload, 'Succeeded');
    };
    expect((await until(codedeploy, await deploy(), ended)).status).toBe('Succeeded');
    expect(invocations.map(({ functionName }) => functionName)).toEqual(['check-before', 'check-green']);
    const [first] = invocations;
    if (!first) throw new Error('no hook was invoked');
    await expect(answer(first, 'Failed')).rejects.toMatchObject({
      name: 'LifecycleEventAlreadyCompletedException',
    });
    await expect(
      answer({ ...first, LifecycleEventHookExecutionId: 'another' }, 'Failed'),
    ).rejects.toMatchObject({ name: 'InvalidLifecycleEventHookExecutionIdException' });
  });

  it('fails the deployment and brings everything back when its function says so', async () => {
    onInvoke = async (payload) => {
      await answer(payload, invocations.length === 1 ? 'Succeeded' : 'Failed');
    };
    const deploymentId = await deploy();
    const failed = await until(codedeploy, deploymentId, ended);
    expect(failed).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'HOOK_EXECUTION_FAILURE',
        message:
          'The deployment failed because one or more of the lifecycle event validation functions failed.',
      },
    });
    expect(await eventsOf(codedeploy, deploymentId)).toMatchObject({
      AllowTestTraffic: 'Succeeded',
      AfterAllowTestTraffic: 'Failed',
      AllowTraffic: 'Skipped',
    });
    expect((await until(codedeploy, failed.rollbackInfo?.rollbackDeploymentId ?? '', ended)).status).toBe(
      'Succeeded',
    );
  });

  it('that never answers fails the deployment after an hour', async () => {
    const failed = await until(codedeploy, await deploy(), ended);
    expect(failed).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'TIMEOUT',
        message:
          'The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.',
      },
    });
    expect(failed.rollbackInfo).toBeUndefined();
  });
});
