import { createHash } from 'node:crypto';
import type { CapacityProviderStrategyItem, NetworkConfiguration } from '@aws-sdk/client-ecs';

/** What the AppSpec takes from the live service: what is not repeated, CodeDeploy drops. */
export interface AppSpecSource {
  container: string;
  port: number;
  platformVersion?: string | undefined;
  network?: NetworkConfiguration | undefined;
  capacityProviders?: readonly CapacityProviderStrategyItem[] | undefined;
}

export interface AppSpec {
  /** JSON, exactly as it is sent. */
  content: string;
  sha256: string;
}

/**
 * The AppSpec of one deployment, generated from the live service. The capacity provider strategy is always
 * repeated: a deployment without it takes the service's strategy away (aws/containers-roadmap#1752).
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
 */
export function appSpec(taskDefinition: string, source: AppSpecSource): AppSpec {
  const vpc = source.network?.awsvpcConfiguration;
  const properties = {
    TaskDefinition: taskDefinition,
    LoadBalancerInfo: { ContainerName: source.container, ContainerPort: source.port },
    ...(source.platformVersion && { PlatformVersion: source.platformVersion }),
    ...(vpc && {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: vpc.subnets ?? [],
          SecurityGroups: vpc.securityGroups ?? [],
          AssignPublicIp: vpc.assignPublicIp ?? 'DISABLED',
        },
      },
    }),
    ...(source.capacityProviders?.length && {
      CapacityProviderStrategy: source.capacityProviders.map(({ capacityProvider, base, weight }) => ({
        CapacityProvider: capacityProvider,
        Base: base ?? 0,
        Weight: weight ?? 0,
      })),
    }),
  };
  const content = JSON.stringify({
    version: '0.0',
    Resources: [{ TargetService: { Type: 'AWS::ECS::Service', Properties: properties } }],
  });
  return { content, sha256: createHash('sha256').update(content).digest('hex') };
}
