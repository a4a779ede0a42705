import type { SmokeInputs } from './inputs.ts';
import type { AwsReport } from './report/verdict-json.ts';

/**
 * What CloudWatch says of the same minutes: alarms, and 5xx that users got from the load balancer.
 * Read only when asked for; without credentials a note says that it was not read.
 */
export async function readAws(
  inputs: Pick<SmokeInputs, 'alarms' | 'load-balancer'>,
  since: Date,
): Promise<{ report?: AwsReport; notes: string[] }> {
  const loadBalancer = inputs['load-balancer'];
  if (inputs.alarms.length === 0 && loadBalancer === undefined) return { notes: [] };
  // Loaded only here: a run that asks nothing of AWS does not pay for the client.
  const { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } = await import(
    '@aws-sdk/client-cloudwatch'
  );
  const client = new CloudWatchClient({ maxAttempts: 5 });
  const count = async (metric: string): Promise<number | null> => {
    if (loadBalancer === undefined) return null;
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(Math.floor(since.getTime() / 60_000) * 60_000),
        EndTime: new Date(Date.now() + 60_000),
        MetricDataQueries: [
          {
            Id: 'count',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/ApplicationELB',
                MetricName: metric,
                Dimensions: [{ Name: 'LoadBalancer', Value: dimensionOf(loadBalancer) }],
              },
              Period: 60,
              Stat: 'Sum',
            },
          },
        ],
      }),
    );
    return (MetricDataResults?.[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
  };
  try {
    const { MetricAlarms = [], CompositeAlarms = [] } =
      inputs.alarms.length === 0
        ? {}
        : await client.send(
            new DescribeAlarmsCommand({
              AlarmNames: inputs.alarms,
              AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            }),
          );
    const alarms = [...MetricAlarms, ...CompositeAlarms].map((alarm) => ({
      name: alarm.AlarmName ?? '',
      state: alarm.StateValue ?? '',
      reason: alarm.StateReason ?? '',
    }));
    const unknown = inputs.alarms.filter((name) => !alarms.some((alarm) => alarm.name === name));
    const report = {
      alarms,
      loadBalancer5xx: await count('HTTPCode_ELB_5XX_Count'),
      target5xx: await count('HTTPCode_Target_5XX_Count'),
    };
    return {
      report,
      notes: unknown.map((name) => `There is no alarm named ${name} in this account and region.`),
    };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { notes: [`CloudWatch was not read (${reason}).`] };
  } finally {
    client.destroy();
  }
}

/** CloudWatch knows a load balancer by the end of its ARN: `app/pika-production/50dc6c495c0c9188`. */
function dimensionOf(loadBalancer: string): string {
  return loadBalancer.replace(/^arn:.*:loadbalancer\//, '');
}
