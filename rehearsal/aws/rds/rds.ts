import type { Postgres } from '../dataplane/database/postgres-binaries.ts';
import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { groupOperations } from './groups.ts';
import { instanceOperations } from './instances.ts';
import { createLifecycle } from './lifecycle.ts';
import { createServers } from './servers.ts';
import { makeSnapshot, snapshotOperations } from './snapshots.ts';
import type { State } from './state.ts';
import { tagOperations } from './tags.ts';
import { TIMES } from './times.ts';

/** Amazon RDS: instances that come up, stop, start and are restored, over real servers where there are such. */
export function createRds(aws: Aws, postgres: Postgres): EmbeddedService<'rds'> {
  const state: State = {
    aws,
    instances: new Map(),
    snapshots: new Map(),
    subnetGroups: new Map(),
    parameterGroups: new Map(),
    tags: new Map(),
  };
  const servers = createServers(aws, postgres);
  const lifecycle = createLifecycle(state, servers);
  const stopBackups = aws.clock.every(TIMES.day, () => {
    for (const instance of state.instances.values()) {
      if (instance.status !== 'available' || !instance.facts.BackupRetentionPeriod) continue;
      makeSnapshot(state, servers, instance).catch((error: unknown) =>
        aws.log(`The backup of ${instance.id} failed: ${String(error)}`),
      );
    }
  });
  return {
    id: 'rds',
    operations: {
      ...instanceOperations(state, servers, lifecycle),
      ...snapshotOperations(state, servers),
      ...groupOperations(state),
      ...tagOperations(state),
    },
    stop: async () => {
      stopBackups();
      for (const { cancelRestart } of state.instances.values()) cancelRestart?.();
      await servers.close();
    },
  };
}
