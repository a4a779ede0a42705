import { createHash } from 'node:crypto';
import { appSpec } from './appspec.ts';

test('repeats everything that CodeDeploy would drop', () => {
  const { content, sha256 } = appSpec('arn:aws:ecs:us-east-1:123456789012:task-definition/x:2', {
    container: 'x',
    port: 3000,
    platformVersion: '1.4.0',
    network: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
    capacityProviders: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
  });
  expect(JSON.parse(content)).toEqual({
    version: '0.0',
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {
            TaskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/x:2',
            LoadBalancerInfo: { ContainerName: 'x', ContainerPort: 3000 },
            PlatformVersion: '1.4.0',
            NetworkConfiguration: {
              AwsvpcConfiguration: {
                Subnets: ['subnet-1'],
                SecurityGroups: ['sg-1'],
                AssignPublicIp: 'DISABLED',
              },
            },
            CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Base: 0, Weight: 1 }],
          },
        },
      },
    ],
  });
  expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
});

test('a service with a launch type has no strategy to repeat', () => {
  const { content } = appSpec('arn:aws:ecs:x', { container: 'x', port: 80, capacityProviders: [] });
  expect(content).not.toContain('CapacityProviderStrategy');
  expect(content).not.toContain('PlatformVersion');
});
