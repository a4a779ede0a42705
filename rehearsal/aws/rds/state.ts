import type { DBInstance, DBParameterGroup, DBSnapshot, DBSubnetGroup, Tag } from '@aws-sdk/client-rds';
import type { DatabaseServer } from '../dataplane/database/postgres.ts';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';

/** A status of AWS's that is passed through here. */
export type Status =
  | 'creating'
  | 'backing-up'
  | 'available'
  | 'modifying'
  | 'resetting-master-credentials'
  | 'stopping'
  | 'stopped'
  | 'starting'
  | 'deleting'
  | 'failed';

export interface InstanceRecord {
  id: string;
  arn: string;
  status: Status;
  /** What DescribeDBInstances says besides status, endpoint and secret. */
  facts: DBInstance;
  endpoint?: { Address: string; Port: number };
  password: string;
  secretArn?: string;
  forceTls: boolean;
  /** The real server, where this machine has PostgreSQL. */
  server?: DatabaseServer;
  /** Cancels the start after seven days. */
  cancelRestart?: () => void;
}

export interface SnapshotRecord {
  facts: DBSnapshot;
  /** The server's data at that time; none where there was no server. */
  folder?: string;
  /** How the instance was whose data it is. */
  of: DBInstance;
  password: string;
}

export interface State {
  aws: Aws;
  instances: Map<string, InstanceRecord>;
  snapshots: Map<string, SnapshotRecord>;
  subnetGroups: Map<string, DBSubnetGroup>;
  parameterGroups: Map<string, DBParameterGroup & { parameters: Map<string, string> }>;
  tags: Map<string, Tag[]>;
}

export function instanceOf({ instances }: State, id: string): InstanceRecord {
  const found = instances.get(id.toLowerCase());
  if (found) return found;
  throw awsError('DBInstanceNotFoundFault', `DBInstance ${id.toLowerCase()} not found.`, { statusCode: 404 });
}

export function snapshotOf({ snapshots }: State, id: string): SnapshotRecord {
  const found = snapshots.get(id);
  if (found) return found;
  throw awsError('DBSnapshotNotFoundFault', `DBSnapshot ${id} not found.`, { statusCode: 404 });
}

/** @throws AwsError when the instance is in none of the states in which this can be done. */
export function mustBe(instance: InstanceRecord, ...allowed: Status[]): void {
  if (allowed.includes(instance.status)) return;
  throw awsError('InvalidDBInstanceStateFault', `Instance ${instance.id} is not in available state.`);
}

/** What AWS calls an instance as DescribeDBInstances shows it. */
export function described(state: State, instance: InstanceRecord): DBInstance {
  const { facts, status, endpoint, secretArn, arn } = instance;
  return {
    ...facts,
    DBInstanceStatus: status,
    DBInstanceArn: arn,
    TagList: state.tags.get(arn) ?? [],
    ...(endpoint ? { Endpoint: endpoint } : {}),
    ...(secretArn ? { MasterUserSecret: { SecretArn: secretArn, SecretStatus: 'active' } } : {}),
  };
}
