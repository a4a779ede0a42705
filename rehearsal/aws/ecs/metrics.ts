import { atLeastReal, type Ecs, serviceLinkedRole } from './context.ts';
import type { ServiceRecord, TaskRecord } from './records.ts';

const minute = 60_000;
const mebibyte = 1024 * 1024;

interface Sample {
  at: number;
  cpuSeconds: number;
}

/**
 * Writes CPUUtilization and MemoryUtilization of each service into `AWS/ECS` every simulated minute:
 * what its processes really used, of what their task definitions reserve. Processor time is measured
 * against real seconds, as processes do not run faster than that.
 * @returns what ends it.
 */
export function publishUtilization(ecs: Ecs): () => void {
  const samples = new WeakMap<TaskRecord, Sample>();
  return ecs.aws.clock.every(atLeastReal(ecs.aws, minute, 1000), () => {
    for (const service of ecs.state.services) {
      if (service.status !== 'ACTIVE') continue;
      publish(ecs, service, samples).catch((error: unknown) => {
        if (!ecs.stopped.aborted) ecs.aws.log(`ecs: utilization of ${service.name}: ${String(error)}`);
      });
    }
  });
}

async function publish(
  { aws, state }: Ecs,
  service: ServiceRecord,
  samples: WeakMap<TaskRecord, Sample>,
): Promise<void> {
  const running = [...state.tasks.values()].filter(
    (task) => task.service === service && task.lastStatus === 'RUNNING',
  );
  const used = running.map((task) => utilizationOf(task, samples));
  const cpu = used.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  const memory = used.flatMap(({ memory }) => (memory === undefined ? [] : [memory]));
  const Dimensions = [
    { Name: 'ClusterName', Value: service.cluster.name },
    { Name: 'ServiceName', Value: service.name },
  ];
  const MetricData = [
    { MetricName: 'CPUUtilization', values: cpu },
    { MetricName: 'MemoryUtilization', values: memory },
  ].flatMap(({ MetricName, values }) =>
    values.map((Value) => ({
      MetricName,
      Value,
      Dimensions,
      Unit: 'Percent' as const,
      Timestamp: aws.clock.now(),
    })),
  );
  if (MetricData.length === 0) return;
  await aws.invoke(
    'cloudwatch',
    'PutMetricData',
    { Namespace: 'AWS/ECS', MetricData },
    serviceLinkedRole(aws),
  );
}

function utilizationOf(
  task: TaskRecord,
  samples: WeakMap<TaskRecord, Sample>,
): { cpu?: number; memory?: number } {
  const usages = task.containers.flatMap(({ running }) => running?.usage() ?? []);
  if (usages.length === 0) return {};
  const { cpu: units = '256', memory: mebibytes = '512' } = task.definition.definition;
  const at = performance.now();
  const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
  const before = samples.get(task);
  samples.set(task, { at, cpuSeconds });
  const memory =
    (usages.reduce((sum, usage) => sum + usage.memoryBytes, 0) / mebibyte / Number(mebibytes)) * 100;
  if (!before || at <= before.at) return { memory };
  const share = (cpuSeconds - before.cpuSeconds) / ((at - before.at) / 1000);
  return { memory, cpu: Math.min(100, (share / (Number(units) / 1024)) * 100) };
}
