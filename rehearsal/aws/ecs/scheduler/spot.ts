import type { Ecs } from '../context.ts';
import { askToStop } from '../task/status.ts';

/** Takes Spot tasks back while the fault plan says that Spot capacity is lost. */
export function reclaimSpotTasks(ecs: Ecs): void {
  if (!ecs.aws.faults.isCapacityLost('FARGATE_SPOT')) return;
  for (const task of ecs.state.tasks.values()) {
    if (task.capacityProvider !== 'FARGATE_SPOT') continue;
    askToStop(ecs, task, { code: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' });
  }
}
