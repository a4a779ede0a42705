import { atLeastReal, type Ecs, serviceLinkedRole } from '../context.ts';
import type { TaskRecord } from '../records.ts';
import { addEvent, subject } from '../service/events.ts';

/** Registers a task's address in the target groups of its task set. */
export async function registerTargets({ aws }: Ecs, task: TaskRecord): Promise<void> {
  const { address, service, taskSet } = task;
  if (!address || !service || !taskSet) return;
  for (const { targetGroupArn, containerPort = 0 } of taskSet.loadBalancers) {
    if (!targetGroupArn) continue;
    await aws.invoke(
      'elasticloadbalancing',
      'RegisterTargets',
      { TargetGroupArn: targetGroupArn, Targets: [{ Id: address, Port: containerPort }] },
      serviceLinkedRole(aws),
    );
    task.targets.push({ targetGroupArn, port: containerPort, health: 'initial' });
    addEvent(
      aws,
      service,
      `${subject(service, taskSet)} registered 1 targets in (target-group ${targetGroupArn})`,
    );
  }
}

/** Takes a task out of its target groups and waits until its requests are answered, or the delay is over. */
export async function drainTargets(ecs: Ecs, task: TaskRecord): Promise<void> {
  const { aws } = ecs;
  const { address, service, taskSet } = task;
  if (!address || !service || !taskSet || task.targets.length === 0) return;
  addEvent(aws, service, `${subject(service, taskSet)} has begun draining connections on 1 tasks.`);
  await Promise.all(
    task.targets.map(async ({ targetGroupArn, port }) => {
      const target = { TargetGroupArn: targetGroupArn, Targets: [{ Id: address, Port: port }] };
      try {
        await aws.invoke('elasticloadbalancing', 'DeregisterTargets', target, serviceLinkedRole(aws));
        addEvent(
          aws,
          service,
          `${subject(service, taskSet)} deregistered 1 targets in (target-group ${targetGroupArn})`,
        );
        await drained(ecs, target);
      } catch (error) {
        if (ecs.stopped.aborted) throw error;
        aws.log(`ecs: ${targetGroupArn} could not be drained: ${String(error)}`);
      }
    }),
  );
}

async function drained(
  { aws, stopped }: Ecs,
  target: { TargetGroupArn: string; Targets: { Id: string; Port: number }[] },
): Promise<void> {
  for (;;) {
    const { TargetHealthDescriptions } = await aws.invoke(
      'elasticloadbalancing',
      'DescribeTargetHealth',
      target,
      serviceLinkedRole(aws),
    );
    if (!TargetHealthDescriptions?.some(({ TargetHealth }) => TargetHealth?.State === 'draining')) return;
    await aws.clock.sleep(atLeastReal(aws, 1000, 25), stopped);
  }
}
