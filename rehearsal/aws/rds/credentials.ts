import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../kernel/service.ts';
import type { InstanceRecord, State } from './state.ts';

/** RDS acts for itself where it keeps a secret. */
const rds = (accountId: string): Principal => ({
  arn: 'rds.amazonaws.com',
  accountId,
  service: 'rds.amazonaws.com',
});

export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Keeps the master password in a secret of RDS' own, which names the instance in its tags. */
export async function keepSecret({ aws }: State, instance: InstanceRecord): Promise<void> {
  const SecretString = JSON.stringify({
    username: instance.facts.MasterUsername,
    password: instance.password,
  });
  if (instance.secretArn) {
    const put = { SecretId: instance.secretArn, SecretString };
    await aws.invoke('secretsmanager', 'PutSecretValue', put, rds(aws.accountId));
    return;
  }
  const { ARN } = await aws.invoke(
    'secretsmanager',
    'CreateSecret',
    {
      Name: `rds!db-${randomUUID()}`,
      Description: `The secret associated with the primary RDS DB instance: ${instance.arn}`,
      SecretString,
      Tags: [
        { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
        { Key: 'aws:rds:primaryDBInstanceArn', Value: instance.arn },
      ],
    },
    rds(aws.accountId),
  );
  if (ARN) instance.secretArn = ARN;
}

export async function dropSecret({ aws }: State, instance: InstanceRecord): Promise<void> {
  if (!instance.secretArn) return;
  const gone = { SecretId: instance.secretArn, ForceDeleteWithoutRecovery: true };
  await aws.invoke('secretsmanager', 'DeleteSecret', gone, rds(aws.accountId));
}
