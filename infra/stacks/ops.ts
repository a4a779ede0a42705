import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { AlertTopic } from '../constructs/alert-topic.ts';
import { Dashboards } from '../constructs/dashboards.ts';
import { EnvironmentAlarms } from '../constructs/environment-alarms.ts';
import { LogMetrics } from '../constructs/log-metrics.ts';
import type { DataStack } from './data.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { PlatformStack } from './platform.ts';

export interface OpsStackProps {
  readonly platform: PlatformStack;
  readonly data: DataStack;
  readonly email: string;
}

/** What is watched: alarms, objectives, metrics from logs, and the plan's four dashboards. */
export class OpsStack extends EnvironmentStack {
  constructor(scope: Construct, blueprint: Blueprint, { platform, data, email }: OpsStackProps) {
    super(scope, 'ops', blueprint, { description: 'Alarms, dashboards, metrics from logs', sleeps: true });
    const gateway = blueprint.services.find(({ manifest }) => manifest.public);
    if (!gateway)
      throw new RangeError('pika.yml declares no public service: there is nothing that users wait for');
    const topic = new AlertTopic(this, 'Alerts', { topicName: `${blueprint.prefix}-alerts`, email });
    const listeners = platform.listenersOf(gateway.name);
    new EnvironmentAlarms(this, 'Alarms', { blueprint, topic, gateway: listeners });
    new LogMetrics(this, 'LogMetrics', { blueprint, serviceLogs: data.serviceLogs });
    if (blueprint.config.monitoring.dashboards) {
      new Dashboards(this, 'Dashboards', {
        blueprint,
        database: data.database.instance,
        listenersOf: (name) => platform.listenersOf(name),
      });
    }
  }
}
