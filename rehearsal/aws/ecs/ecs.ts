import { createTaskMetadata } from '../dataplane/task/metadata.ts';
import type { TaskRuntime } from '../dataplane/task/runtime.ts';
import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { clusterOperations } from './cluster/clusters.ts';
import { atLeastReal, type Ecs } from './context.ts';
import { publishUtilization } from './metrics.ts';
import type { ServiceRecord } from './records.ts';
import { reconcile } from './scheduler/reconcile.ts';
import { reclaimSpotTasks } from './scheduler/spot.ts';
import { createTargetHealthWatch } from './scheduler/target-health.ts';
import { serviceOperations } from './service/services.ts';
import { createState } from './state.ts';
import { tagOperations } from './tags.ts';
import { live } from './task/life.ts';
import { taskOperations } from './task/tasks.ts';
import { taskDefinitionOperations } from './task-definition/task-definitions.ts';
import { taskSetOperations } from './task-set/task-sets.ts';

/** Amazon ECS on Fargate: tasks are really run, by `runtime`. */
export function createEcs(aws: Aws, runtime: TaskRuntime): EmbeddedService<'ecs'> {
  const stopping = new AbortController();
  const lives = new Set<Promise<void>>();
  const metadata = createTaskMetadata();
  const ecs: Ecs = {
    aws,
    state: createState(),
    runtime,
    metadata,
    stopped: stopping.signal,
    changed: coalesced((service) => reconcile(ecs, service)),
    launch: (task) => {
      const life = live(ecs, task)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) aws.log(`ecs: task ${task.id}: ${stackOf(error)}`);
        })
        .finally(() => lives.delete(life));
      lives.add(life);
    },
  };
  const watch = createTargetHealthWatch(ecs);
  const stopWatching = aws.clock.every(atLeastReal(aws, 1000, 50), () => {
    reclaimSpotTasks(ecs);
    watch.look().catch((error: unknown) => {
      if (!stopping.signal.aborted) aws.log(`ecs: target health: ${stackOf(error)}`);
    });
  });
  const stopPublishing = publishUtilization(ecs);
  return {
    id: 'ecs',
    operations: {
      ...clusterOperations(ecs),
      ...taskDefinitionOperations(ecs),
      ...serviceOperations(ecs),
      ...taskSetOperations(ecs),
      ...taskOperations(ecs),
      ...tagOperations(ecs),
    },
    stop: async () => {
      stopping.abort(new Error('the embedded AWS stops'));
      stopWatching();
      stopPublishing();
      await runtime.close();
      await Promise.all([...lives]);
      await metadata.close();
    },
  };
}

/** Calls once at the end of the turn for each service that was named in it. */
function coalesced(act: (service: ServiceRecord) => void): Ecs['changed'] {
  const waiting = new Set<ServiceRecord>();
  return (service) => {
    if (!service) return;
    if (waiting.size === 0) {
      setImmediate(() => {
        const services = [...waiting];
        waiting.clear();
        for (const each of services) act(each);
      });
    }
    waiting.add(service);
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
