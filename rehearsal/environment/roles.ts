import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';
import type { Clients } from './clients.ts';

const trust = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
  });

/** The roles that tasks and CodeDeploy have, with AWS's own policies where there are such. */
export async function createRoles(clients: Clients, manifest: Manifest, environment: string): Promise<void> {
  const { executionRole, codeDeployRole } = environmentNames(manifest, environment);
  const create = (RoleName: string, service: string) =>
    clients.iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(service) });
  await create(executionRole, 'ecs-tasks.amazonaws.com');
  await clients.iam.attachRolePolicy({
    RoleName: executionRole,
    PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
  });
  await clients.iam.putRolePolicy({
    RoleName: executionRole,
    PolicyName: 'secrets',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: `arn:aws:secretsmanager:*:*:secret:${manifest.product}/${environment}/*`,
        },
      ],
    }),
  });
  await create(codeDeployRole, 'codedeploy.amazonaws.com');
  await clients.iam.attachRolePolicy({
    RoleName: codeDeployRole,
    PolicyArn: 'arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS',
  });
  for (const service of Object.keys(manifest.services)) {
    await create(serviceNames(manifest, environment, service).taskRole, 'ecs-tasks.amazonaws.com');
  }
}
