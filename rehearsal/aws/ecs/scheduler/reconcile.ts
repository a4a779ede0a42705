import type { Ecs } from '../context.ts';
import type { ServiceRecord, TaskRecord, TaskSetRecord } from '../records.ts';
import { addEvent, subject, tasksText } from '../service/events.ts';
import { tasksOf } from '../state.ts';
import { newTask } from '../task/new-task.ts';
import { askToStop, healthOf, serves } from '../task/status.ts';
import { newTaskSet } from '../task-set/new-task-set.ts';
import { nextProvider } from './capacity.ts';
import {
  backOffMilliseconds,
  circuitBreakerThreshold,
  computedDesiredCount,
  rollingStep,
  type Step,
  stepTo,
} from './plan.ts';
import { noteFailure } from './target-health.ts';

/** Brings a service one step nearer to what is asked of it. Called whenever something about it changed. */
export function reconcile(ecs: Ecs, service: ServiceRecord): void {
  if (ecs.stopped.aborted || service.status === 'INACTIVE') return;
  noteFailedTasks(ecs, service);
  stopUnhealthy(ecs, service);
  for (const [taskSet, step] of stepsOf(ecs, service)) take(ecs, service, taskSet, step);
  retireTaskSets(ecs, service);
  if (service.controller === 'ECS') judgeRollout(ecs, service);
  judgeStability(ecs, service);
}

const counted = new WeakSet<TaskRecord>();

/** Tasks that ended by themselves, each counted once. */
function noteFailedTasks(ecs: Ecs, service: ServiceRecord): void {
  for (const task of ecs.state.tasks.values()) {
    if (task.service !== service || counted.has(task) || !task.stop) continue;
    if (task.stop.code !== 'EssentialContainerExited' && task.stop.code !== 'TaskFailedToStart') continue;
    counted.add(task);
    noteFailure(task);
    addEvent(
      ecs.aws,
      service,
      `${subject(service, task.taskSet)} has stopped 1 running tasks: (task ${task.id}).`,
    );
  }
}

function stopUnhealthy(ecs: Ecs, service: ServiceRecord): void {
  for (const task of ecs.state.tasks.values()) {
    if (task.service !== service || task.stop || healthOf(task) !== 'UNHEALTHY') continue;
    addEvent(
      ecs.aws,
      service,
      `${subject(service, task.taskSet)} (task ${task.id}) failed container health checks.`,
    );
    askToStop(ecs, task, {
      code: 'ServiceSchedulerInitiated',
      reason: 'Task failed container health checks',
    });
    noteFailure(task);
  }
}

function stepsOf({ state }: Ecs, service: ServiceRecord): [TaskSetRecord, Step][] {
  const countOf = (taskSet: TaskSetRecord) => {
    const tasks = tasksOf(state, taskSet);
    return { active: tasks.length, healthy: tasks.filter(serves).length };
  };
  const living = service.taskSets.filter(({ status }) => status !== 'INACTIVE');
  if (service.controller !== 'ECS') {
    return living.map((taskSet) => [taskSet, stepTo(wantedOf(service, taskSet), countOf(taskSet))]);
  }
  const primary = living.find(({ status }) => status === 'PRIMARY');
  if (!primary || service.status === 'DRAINING') {
    return living.map((taskSet) => [taskSet, stepTo(0, countOf(taskSet))]);
  }
  const old = living.filter((taskSet) => taskSet !== primary);
  const oldCounts = old.map(countOf);
  const step = rollingStep(
    {
      desired: service.desiredCount,
      minimumHealthyPercent: service.deploymentConfiguration.minimumHealthyPercent ?? 100,
      maximumPercent: service.deploymentConfiguration.maximumPercent ?? 200,
    },
    countOf(primary),
    {
      active: oldCounts.reduce((sum, { active }) => sum + active, 0),
      healthy: oldCounts.reduce((sum, { healthy }) => sum + healthy, 0),
    },
  );
  let left = step.old.stop;
  const oldSteps = old.map((taskSet, index): [TaskSetRecord, Step] => {
    const stop = Math.min(left, oldCounts[index]?.active ?? 0);
    left -= stop;
    return [taskSet, { start: 0, stop }];
  });
  return [...oldSteps, [primary, step.primary]];
}

export function wantedOf(service: ServiceRecord, { kind, scale, status }: TaskSetRecord): number {
  if (service.status === 'DRAINING' || status === 'DRAINING' || status === 'INACTIVE') return 0;
  if (kind === 'deployment') return status === 'PRIMARY' ? service.desiredCount : 0;
  return computedDesiredCount(service.desiredCount, scale.value);
}

function take(ecs: Ecs, service: ServiceRecord, taskSet: TaskSetRecord, { start, stop }: Step): void {
  if (stop > 0) stopTasks(ecs, service, taskSet, stop);
  if (start > 0 && mayStart(ecs, service, taskSet)) startTasks(ecs, service, taskSet, start);
}

function stopTasks(ecs: Ecs, service: ServiceRecord, taskSet: TaskSetRecord, count: number): void {
  const byUse = tasksOf(ecs.state, taskSet).toSorted(
    (a, b) => Number(serves(a)) - Number(serves(b)) || b.createdAt.getTime() - a.createdAt.getTime(),
  );
  const chosen = byUse.slice(0, count);
  const reason = `Scaling activity initiated by (${taskSet.kind === 'deployment' ? 'deployment' : 'taskSet'} ${taskSet.id})`;
  for (const task of chosen) askToStop(ecs, task, { code: 'ServiceSchedulerInitiated', reason });
  addEvent(
    ecs.aws,
    service,
    `${subject(service, taskSet)} has stopped ${chosen.length} running tasks: ${tasksText(chosen)}.`,
  );
}

/** After failures in a row, the next task waits. */
function mayStart(ecs: Ecs, service: ServiceRecord, { backOff }: TaskSetRecord): boolean {
  const now = ecs.aws.clock.now().getTime();
  const wait = backOffMilliseconds(backOff.failures);
  if (wait === 0) return true;
  if (backOff.until === 0) {
    backOff.until = now + wait;
    ecs.aws.clock.after(wait, () => ecs.changed(service));
    addEvent(
      ecs.aws,
      service,
      `(service ${service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
  }
  return now >= backOff.until;
}

function startTasks(ecs: Ecs, service: ServiceRecord, taskSet: TaskSetRecord, count: number): void {
  if ('launchType' in taskSet.capacity && taskSet.capacity.launchType !== 'FARGATE') {
    const message = `(service ${service.name}) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;
    if (service.events[0]?.message !== message) addEvent(ecs.aws, service, message);
    return;
  }
  const started: TaskRecord[] = [];
  for (let index = 0; index < count; index++) {
    const running = tasksOf(ecs.state, taskSet).map(({ capacityProvider }) => capacityProvider);
    const provider =
      'strategy' in taskSet.capacity ? nextProvider(taskSet.capacity.strategy, running) : undefined;
    if (ecs.aws.faults.isCapacityLost(provider ?? 'FARGATE')) {
      waitForCapacity(ecs, service);
      break;
    }
    const task = newTask(ecs, {
      cluster: service.cluster,
      definition: taskSet.taskDefinition,
      group: `service:${service.name}`,
      startedBy: taskSet.id,
      service,
      taskSet,
      platformVersion: taskSet.platformVersion,
      ...(provider ? { capacityProvider: provider } : {}),
      ...(taskSet.networkConfiguration ? { networkConfiguration: taskSet.networkConfiguration } : {}),
      tags: tagsFor(service, taskSet),
    });
    started.push(task);
    ecs.launch(task);
  }
  if (started.length === 0) return;
  addEvent(
    ecs.aws,
    service,
    `${subject(service, taskSet)} has started ${started.length} tasks: ${tasksText(started)}.`,
  );
}

/** Simulated milliseconds until Fargate is asked again. */
const capacityRetry = 15_000;

function waitForCapacity(ecs: Ecs, service: ServiceRecord): void {
  const message = `(service ${service.name}) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;
  if (service.events[0]?.message !== message) addEvent(ecs.aws, service, message);
  ecs.aws.clock.after(capacityRetry, () => ecs.changed(service));
}

function tagsFor(service: ServiceRecord, taskSet: TaskSetRecord) {
  const managed = [
    { key: 'aws:ecs:clusterName', value: service.cluster.name },
    { key: 'aws:ecs:serviceName', value: service.name },
  ];
  const propagated =
    service.propagateTags === 'SERVICE'
      ? service.tags
      : service.propagateTags === 'TASK_DEFINITION'
        ? taskSet.taskDefinition.tags
        : [];
  return [...propagated, ...(service.enableECSManagedTags ? managed : [])];
}

/** Draining task sets and superseded deployments go when their last task has stopped; so does the service. */
function retireTaskSets(ecs: Ecs, service: ServiceRecord): void {
  const isEmpty = (taskSet: TaskSetRecord) =>
    ![...ecs.state.tasks.values()].some((task) => task.taskSet === taskSet && task.lastStatus !== 'STOPPED');
  for (const taskSet of service.taskSets) {
    const leaving =
      service.status === 'DRAINING' ||
      taskSet.status === 'DRAINING' ||
      (taskSet.kind === 'deployment' && taskSet.status === 'ACTIVE');
    if (leaving && isEmpty(taskSet)) taskSet.status = 'INACTIVE';
  }
  service.taskSets = service.taskSets.filter(({ status }) => status !== 'INACTIVE');
  if (service.status === 'DRAINING' && service.taskSets.length === 0) service.status = 'INACTIVE';
}

function judgeStability(ecs: Ecs, service: ServiceRecord): void {
  for (const taskSet of service.taskSets) {
    const all = [...ecs.state.tasks.values()].filter(
      (task) => task.taskSet === taskSet && task.lastStatus !== 'STOPPED',
    );
    const wanted = wantedOf(service, taskSet);
    const steady = all.length === wanted && all.every((task) => !task.stop && serves(task));
    const stability = steady ? 'STEADY_STATE' : 'STABILIZING';
    if (taskSet.stability === stability) continue;
    taskSet.stability = stability;
    taskSet.stabilityAt = ecs.aws.clock.now();
    taskSet.updatedAt = taskSet.stabilityAt;
    if (!steady) continue;
    taskSet.backOff = { failures: 0, until: 0 };
    if (taskSet.kind === 'task set')
      addEvent(ecs.aws, service, `${subject(service, taskSet)} has reached a steady state.`);
  }
  const steady =
    service.status === 'ACTIVE' &&
    service.taskSets.every(({ stability }) => stability === 'STEADY_STATE') &&
    (service.controller !== 'ECS' || service.taskSets.length <= 1);
  if (steady && !service.steady)
    addEvent(ecs.aws, service, `(service ${service.name}) has reached a steady state.`);
  service.steady = steady;
}

function judgeRollout(ecs: Ecs, service: ServiceRecord): void {
  const primary = service.taskSets.find(({ status }) => status === 'PRIMARY');
  if (primary?.rollout?.state !== 'IN_PROGRESS') return;
  const serving = tasksOf(ecs.state, primary).filter(serves).length;
  if (serving >= service.desiredCount && service.taskSets.length === 1) {
    primary.rollout = { state: 'COMPLETED', reason: `ECS deployment ${primary.id} completed.` };
    addEvent(ecs.aws, service, `(service ${service.name}) (deployment ${primary.id}) deployment completed.`);
    return;
  }
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  if (!breaker?.enable || primary.failedTasks < circuitBreakerThreshold(service.desiredCount)) return;
  failRollout(ecs, service, primary, breaker.rollback ?? false);
}

function failRollout(ecs: Ecs, service: ServiceRecord, failed: TaskSetRecord, rollback: boolean): void {
  const { aws } = ecs;
  failed.rollout = { state: 'FAILED', reason: 'ECS deployment circuit breaker: tasks failed to start.' };
  addEvent(
    aws,
    service,
    `(service ${service.name}) (deployment ${failed.id}) deployment failed: tasks failed to start.`,
  );
  const previous = service.taskSets.find((taskSet) => taskSet !== failed);
  if (!rollback || !previous) return;
  failed.status = 'ACTIVE';
  const again = newTaskSet(ecs, service, {
    ...previous,
    kind: 'deployment',
    status: 'PRIMARY',
  });
  again.rollout = {
    state: 'IN_PROGRESS',
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${again.id}.`,
  };
  addEvent(aws, service, `(service ${service.name}) rolling back to deployment ${again.id}.`);
  ecs.changed(service);
}
