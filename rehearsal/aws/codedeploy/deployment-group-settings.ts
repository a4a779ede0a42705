import type {
  AlarmConfiguration,
  AutoRollbackConfiguration,
  BlueGreenDeploymentConfiguration,
  CreateDeploymentGroupInput,
  DeploymentConfigInfo,
  DeploymentStyle,
  ECSService,
  LoadBalancerInfo,
} from '@aws-sdk/client-codedeploy';
import { awsError } from '../kernel/error.ts';
import { alarmNames } from './engine/alarms.ts';
import type { DeploymentGroupSettings } from './registry.ts';

const alarmLimit = 10;
const longestTerminationWaitMinutes = 2880;
const longestReadyWaitMinutes = 120 * 60;

/** What CreateDeploymentGroup and UpdateDeploymentGroup have in common. */
export type RequestedSettings = Partial<
  Pick<
    CreateDeploymentGroupInput,
    | 'alarmConfiguration'
    | 'autoRollbackConfiguration'
    | 'autoScalingGroups'
    | 'blueGreenDeploymentConfiguration'
    | 'deploymentConfigName'
    | 'deploymentStyle'
    | 'ec2TagFilters'
    | 'ec2TagSet'
    | 'ecsServices'
    | 'loadBalancerInfo'
    | 'onPremisesInstanceTagFilters'
    | 'onPremisesTagSet'
    | 'outdatedInstancesStrategy'
    | 'serviceRoleArn'
    | 'triggerConfigurations'
  >
>;

/** Checks a group's settings as a whole and names the first fault in AWS's code; nothing is kept before. */
export function checkedSettings(requested: RequestedSettings): DeploymentGroupSettings {
  refuseInstances(requested);
  refuseOtherStyle(requested.deploymentStyle);
  return {
    deploymentConfigName: requested.deploymentConfigName ?? 'CodeDeployDefault.ECSAllAtOnce',
    serviceRoleArn: checkedRole(requested.serviceRoleArn),
    ecsService: checkedService(requested.ecsServices),
    ...checkedLoadBalancer(requested.loadBalancerInfo),
    blueGreen: checkedBlueGreen(requested.blueGreenDeploymentConfiguration),
    autoRollback: checkedAutoRollback(requested.autoRollbackConfiguration),
    alarms: checkedAlarms(requested.alarmConfiguration),
    triggers: requested.triggerConfigurations ?? [],
    outdatedInstancesStrategy: requested.outdatedInstancesStrategy ?? 'UPDATE',
  };
}

function refuseInstances(requested: RequestedSettings): void {
  if (requested.autoScalingGroups?.length) {
    throw awsError(
      'InvalidAutoScalingGroupException',
      'For ECS deployment group, autoScalingGroups can not be specified',
    );
  }
  const filters = ['ec2TagFilters', 'onPremisesInstanceTagFilters'] as const;
  const filter = filters.find((name) => requested[name]?.length);
  if (filter || requested.ec2TagSet || requested.onPremisesTagSet) {
    const name = filter ?? (requested.ec2TagSet ? 'ec2TagSet' : 'onPremisesTagSet');
    throw awsError('InvalidInputException', `For ECS deployment group, ${name} can not be specified`);
  }
}

function refuseOtherStyle(style: DeploymentStyle | undefined): void {
  if (style?.deploymentType === 'BLUE_GREEN' && style.deploymentOption === 'WITH_TRAFFIC_CONTROL') return;
  throw awsError(
    'InvalidDeploymentStyleException',
    'For ECS deployment, the deployment type must be BLUE_GREEN, and deployment option must be WITH_TRAFFIC_CONTROL.',
  );
}

function checkedRole(serviceRoleArn: string | undefined): string {
  if (!serviceRoleArn) throw awsError('RoleRequiredException', 'ServiceRoleArn is missing');
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(serviceRoleArn)) {
    throw awsError(
      'InvalidRoleException',
      `The service role ARN ${serviceRoleArn} is not valid: arn:aws:iam::ACCOUNT:role/NAME is expected`,
    );
  }
  return serviceRoleArn;
}

function checkedService(services: ECSService[] | undefined): DeploymentGroupSettings['ecsService'] {
  const [service] = services ?? [];
  if (!service || services?.length !== 1) {
    throw awsError(
      'InvalidECSServiceException',
      `For ECS deployment group, exactly one ECS service must be specified. ${services?.length ?? 0} are`,
    );
  }
  if (!service.serviceName)
    throw awsError('InvalidECSServiceException', 'ecsServices[0].serviceName is missing');
  return { clusterName: service.clusterName || 'default', serviceName: service.serviceName };
}

function checkedLoadBalancer(
  info: LoadBalancerInfo | undefined,
): Pick<DeploymentGroupSettings, 'targetGroupNames' | 'productionListenerArn' | 'testListenerArn'> {
  if (!info)
    throw awsError(
      'InvalidLoadBalancerInfoException',
      'For ECS deployment group, loadBalancerInfo must be specified',
    );
  for (const other of ['elbInfoList', 'targetGroupInfoList'] as const) {
    if (info[other]?.length) {
      throw awsError(
        'InvalidLoadBalancerInfoException',
        `For ECS deployment group, loadBalancerInfo must not contain ${other === 'elbInfoList' ? 'elbInfo' : 'targetGroupInfo'} list`,
      );
    }
  }
  const [pair] = info.targetGroupPairInfoList ?? [];
  if (!pair || info.targetGroupPairInfoList?.length !== 1) {
    throw awsError(
      'InvalidLoadBalancerInfoException',
      `For ECS deployment group, loadBalancerInfo must contain exactly one targetGroupPairInfo. It contains ${info.targetGroupPairInfoList?.length ?? 0}`,
    );
  }
  const names = (pair.targetGroups ?? []).flatMap(({ name }) => (name ? [name] : []));
  const [one, other] = names;
  if (!one || !other || names.length !== 2 || one === other) {
    throw awsError(
      'InvalidTargetGroupPairException',
      `A target group pair must have two different target groups. It has: ${names.join(', ') || 'none'}`,
    );
  }
  const testListenerArn = pair.testTrafficRoute
    ? checkedListener('testTrafficRoute', pair.testTrafficRoute.listenerArns)
    : undefined;
  return {
    targetGroupNames: [one, other],
    productionListenerArn: checkedListener('prodTrafficRoute', pair.prodTrafficRoute?.listenerArns),
    ...(testListenerArn ? { testListenerArn } : {}),
  };
}

function checkedListener(route: string, listenerArns: string[] | undefined): string {
  const [arn] = listenerArns ?? [];
  if (!arn || listenerArns?.length !== 1) {
    throw awsError(
      'InvalidTargetGroupPairException',
      `${route} must have exactly one listener ARN. It has ${listenerArns?.length ?? 0}`,
    );
  }
  if (!/^arn:aws[\w-]*:elasticloadbalancing:[^:]+:\d{12}:listener\/(app|net)\/.+$/.test(arn)) {
    throw awsError(
      'InvalidTargetGroupPairException',
      `${route}: ${arn} is not the ARN of a listener (a rule's ARN is not allowed here)`,
    );
  }
  return arn;
}

const blueGreenFault = (message: string) =>
  awsError('InvalidBlueGreenDeploymentConfigurationException', message);

function checkedBlueGreen(
  requested: BlueGreenDeploymentConfiguration | undefined,
): BlueGreenDeploymentConfiguration {
  const ready = requested?.deploymentReadyOption;
  const blue = requested?.terminateBlueInstancesOnDeploymentSuccess;
  if (!requested || !ready || !blue) {
    throw blueGreenFault(
      requested
        ? 'For ECS deployment group, deploymentReadyOption and terminateBlueInstancesOnDeploymentSuccess must be specified in blueGreenDeploymentConfiguration'
        : 'For ECS deployment group, blueGreenDeploymentConfiguration must be specified',
    );
  }
  if (requested.greenFleetProvisioningOption) {
    throw blueGreenFault('For ECS deployment group, greenFleetProvisioningOption can not be specified');
  }
  if (blue.action !== 'TERMINATE') {
    throw blueGreenFault(
      `For ECS deployment group, terminateBlueInstancesOnDeploymentSuccess.action must be TERMINATE. It is ${blue.action ?? 'missing'}`,
    );
  }
  refuseWait(
    'terminationWaitTimeInMinutes',
    blue.terminationWaitTimeInMinutes,
    0,
    longestTerminationWaitMinutes,
  );
  if (ready.actionOnTimeout !== 'CONTINUE_DEPLOYMENT' && ready.actionOnTimeout !== 'STOP_DEPLOYMENT') {
    throw blueGreenFault(
      `deploymentReadyOption.actionOnTimeout must be CONTINUE_DEPLOYMENT or STOP_DEPLOYMENT. It is ${ready.actionOnTimeout ?? 'missing'}`,
    );
  }
  const shortest = ready.actionOnTimeout === 'STOP_DEPLOYMENT' ? 1 : 0;
  refuseWait(
    'deploymentReadyOption.waitTimeInMinutes',
    ready.waitTimeInMinutes ?? 0,
    shortest,
    longestReadyWaitMinutes,
  );
  return {
    terminateBlueInstancesOnDeploymentSuccess: {
      action: 'TERMINATE',
      terminationWaitTimeInMinutes: blue.terminationWaitTimeInMinutes ?? 0,
    },
    deploymentReadyOption: {
      actionOnTimeout: ready.actionOnTimeout,
      waitTimeInMinutes: ready.waitTimeInMinutes ?? 0,
    },
  };
}

function refuseWait(name: string, minutes: number | undefined, least: number, most: number): void {
  const value = minutes ?? 0;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw blueGreenFault(`${name} must be a whole number of minutes from ${least} to ${most}. It is ${value}`);
}

const rollbackEvents = [
  'DEPLOYMENT_FAILURE',
  'DEPLOYMENT_STOP_ON_ALARM',
  'DEPLOYMENT_STOP_ON_REQUEST',
] as const;

/** @throws InvalidAutoRollbackConfigException for an unknown event, or rollback enabled for none. */
export function checkedAutoRollback(
  requested: AutoRollbackConfiguration | undefined,
): AutoRollbackConfiguration {
  const events = requested?.events ?? [];
  const unknown = events.find((event) => !rollbackEvents.includes(event));
  if (unknown) {
    throw awsError(
      'InvalidAutoRollbackConfigException',
      `The rollback event ${unknown} is not one of ${rollbackEvents.join(', ')}`,
    );
  }
  if (requested?.enabled && events.length === 0) {
    throw awsError(
      'InvalidAutoRollbackConfigException',
      'Automatic rollback is enabled, but no triggering events are listed',
    );
  }
  return { enabled: requested?.enabled ?? false, events };
}

const alarmFault = (message: string) => awsError('InvalidAlarmConfigException', message);

/** @throws InvalidAlarmConfigException, AlarmsLimitExceededException as the API's reference lists the causes. */
export function checkedAlarms(requested: AlarmConfiguration | undefined): AlarmConfiguration {
  const alarms = requested?.alarms ?? [];
  if (alarms.length > alarmLimit) {
    throw awsError(
      'AlarmsLimitExceededException',
      `The maximum number of alarms for a deployment group (${alarmLimit}) was exceeded: ${alarms.length}`,
    );
  }
  const malformed = alarms.find(({ name }) => !name || name.length > 255);
  if (malformed)
    throw alarmFault(`An alarm's name must have 1 to 255 characters. One has ${malformed.name?.length ?? 0}`);
  const names = alarmNames({ alarms });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw alarmFault(`The alarm ${twice} is specified twice`);
  if (requested?.enabled && names.length === 0) {
    throw alarmFault('The alarm configuration is enabled, but the alarm list is empty');
  }
  return {
    enabled: requested?.enabled ?? false,
    ignorePollAlarmFailure: requested?.ignorePollAlarmFailure ?? false,
    alarms,
  };
}

/** @throws InvalidTrafficRoutingConfigurationException for a gradual shift behind a Network Load Balancer. */
export function refuseGradualBehindNlb(
  settings: DeploymentGroupSettings,
  config: DeploymentConfigInfo,
): void {
  const gradual = config.trafficRoutingConfig?.type !== 'AllAtOnce';
  if (gradual && settings.productionListenerArn.includes(':listener/net/')) {
    throw awsError(
      'InvalidTrafficRoutingConfigurationException',
      'Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when you create/update Deployment group.',
    );
  }
}
