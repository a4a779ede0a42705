import { rmSync } from 'node:fs';
import type { DBSnapshot } from '@aws-sdk/client-rds';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { Servers } from './servers.ts';
import {
  type InstanceRecord,
  instanceOf,
  mustBe,
  type SnapshotRecord,
  type State,
  snapshotOf,
} from './state.ts';
import { TIMES } from './times.ts';

/**
 * A snapshot of what the instance holds now.
 * @param name of one that somebody asked for; RDS names its own by instance and time.
 */
export async function makeSnapshot(
  state: State,
  servers: Servers,
  instance: InstanceRecord,
  name?: string,
): Promise<void> {
  const snapshot = beginSnapshot(state, instance, name);
  await finishSnapshot(state, servers, instance, snapshot);
}

function beginSnapshot(state: State, instance: InstanceRecord, name: string | undefined): SnapshotRecord {
  const { aws } = state;
  const now = aws.clock.now();
  const minute = now.toISOString().slice(0, 16).replace(/[T:]/g, '-');
  const id = name ?? `rds:${instance.id}-${minute}`;
  const { facts } = instance;
  const described: DBSnapshot = {
    DBSnapshotIdentifier: id,
    DBInstanceIdentifier: instance.id,
    SnapshotType: name === undefined ? 'automated' : 'manual',
    Status: 'creating',
    SnapshotCreateTime: now,
    DBSnapshotArn: aws.arn('rds', `snapshot:${id}`),
    PercentProgress: 0,
    ...(facts.Engine ? { Engine: facts.Engine } : {}),
    ...(facts.EngineVersion ? { EngineVersion: facts.EngineVersion } : {}),
    ...(facts.AllocatedStorage ? { AllocatedStorage: facts.AllocatedStorage } : {}),
    ...(facts.MasterUsername ? { MasterUsername: facts.MasterUsername } : {}),
    ...(facts.DbiResourceId ? { DbiResourceId: facts.DbiResourceId } : {}),
    ...(facts.StorageEncrypted === undefined ? {} : { Encrypted: facts.StorageEncrypted }),
  };
  const snapshot: SnapshotRecord = { facts: described, of: { ...facts }, password: instance.password };
  state.snapshots.set(id, snapshot);
  return snapshot;
}

async function finishSnapshot(
  state: State,
  servers: Servers,
  instance: InstanceRecord,
  snapshot: SnapshotRecord,
): Promise<void> {
  if (instance.server) {
    snapshot.folder = servers.snapshotFolder(snapshot.facts.DBSnapshotIdentifier ?? '');
    await instance.server.copyTo(snapshot.folder);
  }
  snapshot.facts.Status = 'available';
  snapshot.facts.PercentProgress = 100;
  pruneSnapshots(state, instance);
}

/** Automated snapshots are kept for as many days as the instance says. */
export function pruneSnapshots({ aws, snapshots }: State, { id, facts }: InstanceRecord): void {
  const oldest = aws.clock.now().getTime() - (facts.BackupRetentionPeriod ?? 0) * TIMES.day;
  for (const [name, snapshot] of snapshots) {
    const { DBInstanceIdentifier, SnapshotType, SnapshotCreateTime } = snapshot.facts;
    const isOld = (SnapshotCreateTime?.getTime() ?? 0) <= oldest;
    if (DBInstanceIdentifier !== id || SnapshotType !== 'automated' || !isOld) continue;
    snapshots.delete(name);
    if (snapshot.folder) rmSync(snapshot.folder, { recursive: true, force: true });
  }
}

export function snapshotOperations(state: State, servers: Servers): Handlers<'rds'> {
  const { snapshots, aws } = state;
  return {
    CreateDBSnapshot: ({ DBInstanceIdentifier, DBSnapshotIdentifier }) => {
      const instance = instanceOf(state, DBInstanceIdentifier);
      if (snapshots.has(DBSnapshotIdentifier)) {
        throw awsError(
          'DBSnapshotAlreadyExistsFault',
          `Cannot create the snapshot because a snapshot with the identifier ${DBSnapshotIdentifier} already exists.`,
        );
      }
      mustBe(instance, 'available');
      const snapshot = beginSnapshot(state, instance, DBSnapshotIdentifier);
      instance.status = 'backing-up';
      Promise.all([aws.clock.sleep(TIMES.backup), finishSnapshot(state, servers, instance, snapshot)]).then(
        () => {
          instance.status = 'available';
        },
        (error: unknown) => {
          snapshot.facts.Status = 'failed';
          instance.status = 'available';
          aws.log(`The snapshot ${DBSnapshotIdentifier} failed: ${String(error)}`);
        },
      );
      return { DBSnapshot: snapshot.facts };
    },
    DescribeDBSnapshots: ({ DBInstanceIdentifier, DBSnapshotIdentifier, SnapshotType }) => {
      if (DBSnapshotIdentifier) return { DBSnapshots: [snapshotOf(state, DBSnapshotIdentifier).facts] };
      const found = [...snapshots.values()]
        .map(({ facts }) => facts)
        .filter((facts) => !DBInstanceIdentifier || facts.DBInstanceIdentifier === DBInstanceIdentifier)
        .filter((facts) => !SnapshotType || facts.SnapshotType === SnapshotType);
      return { DBSnapshots: found };
    },
    DeleteDBSnapshot: ({ DBSnapshotIdentifier }) => {
      const { facts, folder } = snapshotOf(state, DBSnapshotIdentifier);
      if (facts.SnapshotType === 'automated') {
        throw awsError('InvalidDBSnapshotStateFault', 'Automated snapshots cannot be deleted by hand.');
      }
      snapshots.delete(DBSnapshotIdentifier);
      if (folder) rmSync(folder, { recursive: true, force: true });
      return { DBSnapshot: { ...facts, Status: 'deleted' } };
    },
  };
}
