import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import type { ServiceLogs } from './service-logs.ts';

export interface LogMetricsProps {
  readonly blueprint: Blueprint;
  readonly serviceLogs: ServiceLogs;
}

/**
 * Metrics out of the structured logs: errors of every service, and business events. CloudWatch's free ten custom
 * metrics are exactly what production takes: seven and three.
 */
export class LogMetrics extends Construct {
  constructor(scope: Construct, id: string, { blueprint, serviceLogs }: LogMetricsProps) {
    super(scope, id);
    const metricNamespace = logMetricNamespace(blueprint);
    const count = (name: string, service: string, metricName: string, filterPattern: IFilterPattern) =>
      new MetricFilter(this, name, {
        logGroup: serviceLogs.group(service),
        metricNamespace,
        metricName,
        metricValue: '1',
        filterPattern,
      });
    for (const { name } of blueprint.services) {
      count(`${name}Errors`, name, `Errors-${name}`, FilterPattern.stringValue('$.level', '=', 'error'));
    }
    for (const [service, { name, message }] of Object.entries(blueprint.config.services.businessMetrics)) {
      count(name, service, name, FilterPattern.stringValue('$.message', '=', message));
    }
  }
}

export function businessMetrics(blueprint: Blueprint): Metric[] {
  return Object.values(blueprint.config.services.businessMetrics).map(
    ({ name }) =>
      new Metric({
        namespace: logMetricNamespace(blueprint),
        metricName: name,
        statistic: 'Sum',
        period: Duration.hours(1),
      }),
  );
}

/** `pika/staging` */
function logMetricNamespace({ manifest, environment }: Blueprint): string {
  return `${manifest.product}/${environment}`;
}
