import { dropSecret } from './credentials.ts';
import type { Servers } from './servers.ts';
import { makeSnapshot } from './snapshots.ts';
import type { InstanceRecord, State, Status } from './state.ts';
import { TIMES } from './times.ts';

/** What happens to an instance by and by. Each step takes its simulated time, and at least the real time of its work. */
export interface Lifecycle {
  /** Makes it and its first backup, or brings it up from one. */
  comeUp(instance: InstanceRecord, makeServer: () => Promise<void>, milliseconds: number): void;
  start(instance: InstanceRecord): void;
  stop(instance: InstanceRecord): void;
  modify(
    instance: InstanceRecord,
    how: { status: Status; backUp: boolean },
    change: () => Promise<void>,
  ): void;
  delete(instance: InstanceRecord): void;
}

export function createLifecycle(state: State, servers: Servers): Lifecycle {
  const { clock, log } = state.aws;

  /** One status, its time and its work, then the next; whatever goes wrong is told and ends in `failed`. */
  const pass = (instance: InstanceRecord, status: Status, time: number, work: () => Promise<void>) => {
    instance.status = status;
    return Promise.all([clock.sleep(time), work()]);
  };
  const go = (instance: InstanceRecord, way: () => Promise<void>) => {
    way().catch((error: unknown) => {
      instance.status = 'failed';
      log(`The database ${instance.id} failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const start = (instance: InstanceRecord) =>
    go(instance, async () => {
      instance.cancelRestart?.();
      delete instance.facts.AutomaticRestartTime;
      await pass(instance, 'starting', TIMES.start, async () => instance.server?.start());
      instance.status = 'available';
    });

  return {
    start,
    comeUp: (instance, makeServer, milliseconds) =>
      go(instance, async () => {
        await pass(instance, 'creating', milliseconds, makeServer);
        if ((instance.facts.BackupRetentionPeriod ?? 0) > 0) {
          await pass(instance, 'backing-up', TIMES.backup, () => makeSnapshot(state, servers, instance));
        }
        instance.status = 'available';
      }),
    stop: (instance) =>
      go(instance, async () => {
        await pass(instance, 'stopping', TIMES.stop, async () => instance.server?.stop());
        instance.status = 'stopped';
        instance.facts.AutomaticRestartTime = new Date(clock.now().getTime() + TIMES.restart);
        instance.cancelRestart = clock.after(TIMES.restart, () => {
          log(`RDS starts the database ${instance.id}, which was stopped for seven days (RDS-EVENT-0154)`);
          start(instance);
        });
      }),
    modify: (instance, { status, backUp }, change) =>
      go(instance, async () => {
        await pass(instance, status, TIMES.modify, change);
        if (backUp)
          await pass(instance, 'backing-up', TIMES.backup, () => makeSnapshot(state, servers, instance));
        instance.status = 'available';
      }),
    delete: (instance) =>
      go(instance, async () => {
        instance.cancelRestart?.();
        await pass(instance, 'deleting', TIMES.delete, async () => {
          if (instance.server) await servers.remove(instance.server);
          await dropSecret(state, instance);
        });
        state.instances.delete(instance.id);
        state.tags.delete(instance.arn);
      }),
  };
}
