import { randomUUID } from 'node:crypto';
import type { Aws } from '../../kernel/aws.ts';
import type { ServiceRecord, TaskRecord, TaskSetRecord } from '../records.ts';

/** DescribeServices answers so many of a service's events, the latest first. */
const kept = 100;

export function addEvent(aws: Aws, service: ServiceRecord, message: string): void {
  service.events.unshift({ id: randomUUID(), createdAt: aws.clock.now(), message });
  service.events.length = Math.min(service.events.length, kept);
}

/** What a service's event is about, as ECS writes it. */
export function subject(service: ServiceRecord, taskSet?: TaskSetRecord): string {
  return taskSet?.kind === 'task set'
    ? `(service ${service.name}, taskSet ${taskSet.id})`
    : `(service ${service.name})`;
}

export function tasksText(tasks: readonly TaskRecord[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(' ');
}
