import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import type { ServiceListeners } from './service-listeners.ts';
import { errorPercent, p95Seconds } from './service-metrics.ts';

export interface EnvironmentAlarmsProps {
  readonly blueprint: Blueprint;
  readonly topic: ITopic;
  /** Listeners of the public service, whose answers users wait for. */
  readonly gateway: ServiceListeners;
}

/** Memory of an instance class in bytes. PostgreSQL's default for `max_connections` is derived from it. */
const GIB = 1024 ** 3;
const CLASS_MEMORY: Readonly<Record<string, number>> = {
  micro: GIB,
  small: 2 * GIB,
  medium: 4 * GIB,
  large: 8 * GIB,
  xlarge: 16 * GIB,
};

/** RDS: LEAST({DBInstanceClassMemory/9531392}, 5000). */
function maxConnections(databaseClass: string): number {
  const size = databaseClass.split('.').at(-1) ?? '';
  return Math.min(5000, Math.floor((CLASS_MEMORY[size] ?? GIB) / 9_531_392));
}

/** The plan's alarms that are no condition of a deployment: CPU, memory, connections, storage, and the two SLOs. */
export class EnvironmentAlarms extends Construct {
  readonly #props: EnvironmentAlarmsProps;

  constructor(scope: Construct, id: string, props: EnvironmentAlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.services();
    this.database();
    this.cache();
    this.objectives();
  }

  private services(): void {
    const { blueprint } = this.#props;
    const { percent } = blueprint.config.monitoring;
    for (const { name, names } of blueprint.services) {
      const metric = (metricName: string) =>
        averageOf('AWS/ECS', metricName, {
          ClusterName: blueprint.names.cluster,
          ServiceName: names.service,
        });
      this.above(
        `${name}-cpu`,
        metric('CPUUtilization'),
        percent.cpu,
        `CPU of ${name} above ${percent.cpu}%`,
      );
      this.above(
        `${name}-memory`,
        metric('MemoryUtilization'),
        percent.memory,
        `Memory of ${name} above ${percent.memory}%`,
      );
    }
  }

  private database(): void {
    const { config, prefix } = this.#props.blueprint;
    const { percent } = config.monitoring;
    const metric = (metricName: string) => averageOf('AWS/RDS', metricName, { DBInstanceIdentifier: prefix });
    const connections = Math.floor((maxConnections(config.parts.databaseClass) * percent.connections) / 100);
    this.above('database-cpu', metric('CPUUtilization'), percent.cpu, `Database CPU above ${percent.cpu}%`);
    this.above(
      'database-connections',
      metric('DatabaseConnections'),
      connections,
      `More than ${percent.connections}% of the connections`,
    );
    const free = config.database.storage * GIB * 0.2;
    this.alarm(
      'database-storage',
      metric('FreeStorageSpace'),
      free,
      'Less than a fifth of the storage is free',
      ComparisonOperator.LESS_THAN_THRESHOLD,
    );
  }

  private cache(): void {
    const { config, prefix } = this.#props.blueprint;
    const metric = (metricName: string) =>
      averageOf('AWS/ElastiCache', metricName, { CacheClusterId: `${prefix}-001` });
    const { percent } = config.monitoring;
    this.above('cache-cpu', metric('EngineCPUUtilization'), percent.cpu, `Cache CPU above ${percent.cpu}%`);
    this.above(
      'cache-memory',
      metric('DatabaseMemoryUsagePercentage'),
      percent.memory,
      `Cache memory above ${percent.memory}%`,
    );
  }

  /** Success as the plan defines it: answers within 200 ms, 99.9% of them good. */
  private objectives(): void {
    const { blueprint, gateway } = this.#props;
    const { p95Milliseconds, availabilityPercent } = blueprint.config.monitoring.slo;
    this.above(
      'slo-latency',
      p95Seconds(gateway),
      p95Milliseconds / 1000,
      `p95 of the API above ${p95Milliseconds} ms`,
    );
    const allowed = Number((100 - availabilityPercent).toFixed(6));
    this.above(
      'slo-availability',
      errorPercent(gateway, Duration.hours(1)),
      allowed,
      `Availability below ${availabilityPercent}% over an hour`,
      1,
    );
  }

  private above(name: string, metric: IMetric, threshold: number, description: string, periods = 3): void {
    this.alarm(name, metric, threshold, description, ComparisonOperator.GREATER_THAN_THRESHOLD, periods);
  }

  private alarm(
    name: string,
    metric: IMetric,
    threshold: number,
    alarmDescription: string,
    comparisonOperator: ComparisonOperator,
    periods = 3,
  ): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.#props.blueprint.prefix}-${name}`,
      alarmDescription,
      metric,
      threshold,
      comparisonOperator,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.#props.topic));
    alarm.addOkAction(new SnsAction(this.#props.topic));
  }
}

function averageOf(namespace: string, metricName: string, dimensionsMap: Record<string, string>): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap,
    statistic: 'Average',
    period: Duration.minutes(5),
  });
}
