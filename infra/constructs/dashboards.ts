import { Duration } from 'aws-cdk-lib';
import { Metric, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { DefaultDashboardFactory, ElastiCacheClusterType, MonitoringFacade } from 'cdk-monitoring-constructs';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { businessMetrics } from './log-metrics.ts';
import type { ServiceListeners } from './service-listeners.ts';
import { errorPercent, p95Seconds, requestCount } from './service-metrics.ts';

export interface DashboardsProps {
  readonly blueprint: Blueprint;
  readonly database: IDatabaseInstance;
  /** Listeners of a service by its name. */
  readonly listenersOf: (service: string) => ServiceListeners;
}

/** The plan's four: service health, API performance, database, cost. Three are free in an account, the fourth is $3. */
export class Dashboards extends Construct {
  readonly #props: DashboardsProps;

  constructor(scope: Construct, id: string, props: DashboardsProps) {
    super(scope, id);
    this.#props = props;
    this.serviceHealth();
    this.apiPerformance();
    this.database();
    this.cost();
  }

  private dashboard(name: string): MonitoringFacade {
    return new MonitoringFacade(this, name, {
      metricFactoryDefaults: { namespace: this.#props.blueprint.prefix },
      alarmFactoryDefaults: { alarmNamePrefix: this.#props.blueprint.prefix, actionsEnabled: false },
      dashboardFactory: new DefaultDashboardFactory(this, `${name}Factory`, {
        dashboardNamePrefix: `${this.#props.blueprint.prefix}-${name}`,
        createDashboard: true,
        createSummaryDashboard: false,
        createAlarmDashboard: false,
        detailDashboardRange: Duration.hours(8),
        detailDashboardPeriodOverride: PeriodOverride.INHERIT,
      }),
    });
  }

  private serviceHealth(): void {
    const { blueprint } = this.#props;
    const facade = this.dashboard('service-health');
    for (const { name, names } of blueprint.services) {
      const dimensionsMap = { ClusterName: blueprint.names.cluster, ServiceName: names.service };
      const metric = (metricName: string, statistic: string) =>
        new Metric({
          namespace: 'AWS/ECS',
          metricName,
          statistic,
          dimensionsMap,
          period: Duration.minutes(5),
        });
      facade.monitorCustom({
        humanReadableName: name,
        alarmFriendlyName: name,
        metricGroups: [
          {
            title: 'CPU and memory, %',
            metrics: [metric('CPUUtilization', 'Average'), metric('MemoryUtilization', 'Average')],
          },
          {
            title: 'Running tasks',
            metrics: [
              metric('CPUUtilization', 'SampleCount').with({ period: Duration.minutes(1), label: 'tasks' }),
            ],
          },
        ],
      });
    }
  }

  private apiPerformance(): void {
    const { blueprint, listenersOf } = this.#props;
    const facade = this.dashboard('api-performance');
    const { slo } = blueprint.config.monitoring;
    for (const { name, manifest } of blueprint.services) {
      const listeners = listenersOf(name);
      facade.monitorCustom({
        humanReadableName: name,
        alarmFriendlyName: name,
        metricGroups: [
          { title: 'Requests a minute', metrics: [requestCount(listeners)] },
          {
            title: 'p95',
            metrics: [p95Seconds(listeners)],
            ...(manifest.public
              ? { horizontalAnnotations: [{ value: slo.p95Milliseconds / 1000, label: 'SLO' }] }
              : {}),
          },
          { title: 'Errors', metrics: [errorPercent(listeners)] },
        ],
      });
    }
    const business = businessMetrics(blueprint);
    if (business.length > 0) {
      facade.monitorCustom({
        humanReadableName: 'Business',
        alarmFriendlyName: 'business',
        metricGroups: [{ title: 'Events', metrics: business }],
      });
    }
  }

  private database(): void {
    const { blueprint, database } = this.#props;
    this.dashboard('database')
      .monitorRdsInstance({ instance: database })
      .monitorElastiCacheCluster({
        clusterId: `${blueprint.prefix}-001`,
        clusterType: ElastiCacheClusterType.REDIS,
      });
  }

  private cost(): void {
    this.dashboard('cost').monitorBilling();
  }
}
