import { createHash } from 'node:crypto';
import type { CodeDeploy, CreateDeploymentGroupInput, DeploymentInfo } from '@aws-sdk/client-codedeploy';
import type { EmbeddedAws } from '../../server.ts';
import { listeners } from './neighbours.ts';

const serviceRoleArn = 'arn:aws:iam::123456789012:role/codedeploy';

export const groupInput = {
  applicationName: 'shop',
  deploymentGroupName: 'search',
  serviceRoleArn,
  deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
  ecsServices: [{ clusterName: 'main', serviceName: 'search' }],
  deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  loadBalancerInfo: {
    targetGroupPairInfoList: [
      {
        targetGroups: [{ name: 'one' }, { name: 'two' }],
        prodTrafficRoute: { listenerArns: [listeners.production] },
        testTrafficRoute: { listenerArns: [listeners.test] },
      },
    ],
  },
  blueGreenDeploymentConfiguration: {
    deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0 },
    terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 5 },
  },
} satisfies CreateDeploymentGroupInput;

export interface AppSpecOptions {
  taskDefinition?: string;
  containerPort?: number;
  capacityProvider?: string;
  hooks?: Record<string, string>;
}

export function appSpecContent({
  taskDefinition = 'search:2',
  containerPort = 8080,
  capacityProvider,
  hooks = {},
}: AppSpecOptions = {}) {
  const content = JSON.stringify({
    version: 0.0,
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {
            TaskDefinition: taskDefinition,
            LoadBalancerInfo: { ContainerName: 'app', ContainerPort: containerPort },
            ...(capacityProvider
              ? { CapacityProviderStrategy: [{ CapacityProvider: capacityProvider, Base: 0, Weight: 1 }] }
              : {}),
          },
        },
      },
    ],
    Hooks: Object.entries(hooks).map(([event, name]) => ({ [event]: name })),
  });
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { revisionType: 'AppSpecContent', appSpecContent: { content, sha256 } } as const;
}

/** Looks every few milliseconds until the deployment is as wanted; the test's own limit ends it. */
export async function until(
  codedeploy: CodeDeploy,
  deploymentId: string,
  wanted: (deployment: DeploymentInfo) => boolean,
): Promise<DeploymentInfo> {
  for (;;) {
    const { deploymentInfo } = await codedeploy.getDeployment({ deploymentId });
    if (deploymentInfo && wanted(deploymentInfo)) return deploymentInfo;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const ended = ({ status }: DeploymentInfo) =>
  status === 'Succeeded' || status === 'Failed' || status === 'Stopped';

/** Each lifecycle event with its status. */
export async function eventsOf(
  codedeploy: CodeDeploy,
  deploymentId: string,
): Promise<Record<string, string>> {
  const { targetIds } = await codedeploy.listDeploymentTargets({ deploymentId });
  const { deploymentTargets } = await codedeploy.batchGetDeploymentTargets({
    deploymentId,
    targetIds: targetIds ?? [],
  });
  const events = deploymentTargets?.[0]?.ecsTarget?.lifecycleEvents ?? [];
  return Object.fromEntries(events.map(({ lifecycleEventName, status }) => [lifecycleEventName, status]));
}

/** Operations that were called under the group's service role. */
export function operationsUnderRole(aws: EmbeddedAws): Set<string> {
  return new Set(
    aws.kernel.calls
      .filter(({ principal }) => principal.includes(':assumed-role/codedeploy/'))
      .map(({ service, operation }) => `${service}:${operation}`),
  );
}
