import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import { type Poll, untilAnswered } from '../deploy/poll.ts';

/** A backup, and how old it is. */
export interface Backup {
  snapshot: string;
  hours: number;
}

/** The newest automated backup that is available. @throws Error when there is none. */
export async function newestBackup(rds: RDSClient, instance: string): Promise<Backup> {
  const { DBSnapshots = [] } = await rds.send(
    new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: instance, SnapshotType: 'automated' }),
  );
  const [newest] = DBSnapshots.filter(({ Status }) => Status === 'available').sort(
    (a, b) => (b.SnapshotCreateTime?.getTime() ?? 0) - (a.SnapshotCreateTime?.getTime() ?? 0),
  );
  if (!newest?.DBSnapshotIdentifier || !newest.SnapshotCreateTime) {
    throw new Error(`${instance} has no automated backup that is available`);
  }
  const hours = (Date.now() - newest.SnapshotCreateTime.getTime()) / 3_600_000;
  return { snapshot: newest.DBSnapshotIdentifier, hours };
}

export interface Restore {
  /** Whose backup it is: the drill stands in its subnets, behind its security groups. */
  source: string;
  drill: string;
  snapshot: string;
  environment: string;
}

export interface RestoredDatabase {
  host: string;
  /** RDS' own secret of the drill's master password. */
  secret: string;
}

/**
 * Restores the backup beside its source. The master password of a backup is the one of its time, which may have been
 * rotated since: the drill gets one of its own, kept by RDS, and nobody sees it.
 */
export async function restoreBackup(
  rds: RDSClient,
  { source, drill, snapshot, environment }: Restore,
  poll: Poll,
): Promise<RestoredDatabase> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: source }));
  const serving = DBInstances?.[0];
  await rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: drill,
      DBSnapshotIdentifier: snapshot,
      DBSubnetGroupName: source,
      VpcSecurityGroupIds: (serving?.VpcSecurityGroups ?? []).map(
        ({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId,
      ),
      DBInstanceClass: 'db.t4g.micro',
      PubliclyAccessible: false,
      DeletionProtection: false,
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      Tags: [
        { Key: 'environment', Value: environment },
        { Key: 'drill', Value: 'true' },
      ],
    }),
  );
  await available(rds, drill, poll);
  await rds.send(
    new ModifyDBInstanceCommand({
      DBInstanceIdentifier: drill,
      ManageMasterUserPassword: true,
      ApplyImmediately: true,
    }),
  );
  return available(rds, drill, poll, 'with a secret');
}

async function available(
  rds: RDSClient,
  drill: string,
  poll: Poll,
  how: 'with a secret' | 'anyhow' = 'anyhow',
): Promise<RestoredDatabase> {
  const restored = await untilAnswered(async () => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: drill }));
    const { DBInstanceStatus, Endpoint, MasterUserSecret } = DBInstances?.[0] ?? {};
    const secret = MasterUserSecret?.SecretStatus === 'active' ? MasterUserSecret.SecretArn : undefined;
    if (DBInstanceStatus !== 'available' || (how === 'with a secret' && !secret)) return undefined;
    return { host: Endpoint?.Address ?? '', secret: secret ?? '' };
  }, poll);
  if (restored) return restored;
  throw new Error(
    `the database ${drill} was not available within ${Math.round(poll.patience / 60_000)} minutes`,
  );
}

/** Deletes what a drill has restored, if it is there. @returns whether it is there still, be it for minutes. */
export async function deleteDrill(rds: RDSClient, drill: string): Promise<boolean> {
  try {
    await rds.send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: drill,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      }),
    );
    return true;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (/^DBInstanceNotFound/.test(name)) return false;
    if (/^InvalidDBInstanceState/.test(name) && (await statusOf(rds, drill)) === 'deleting') return true;
    throw error;
  }
}

async function statusOf(rds: RDSClient, drill: string): Promise<string | undefined> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: drill }));
  return DBInstances?.[0]?.DBInstanceStatus;
}

/** Resolves when there is no drill: an earlier one may have been killed, or be going just now. */
export async function withoutDrill(rds: RDSClient, drill: string, poll: Poll): Promise<void> {
  const gone = await untilAnswered(async () => ((await deleteDrill(rds, drill)) ? undefined : true), poll);
  if (!gone) throw new Error(`the database ${drill} of an earlier drill does not go away`);
}
