import type { Clients } from './clients.ts';
import type { ServiceRoute } from './network.ts';

/** `targetgroup/NAME/ID` and `app/NAME/ID`: how CloudWatch names what ELB calls by ARN. */
const dimension = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1).replace(/^loadbalancer\//, '');

/** The alarm that watches a service during its release. */
function errorAlarmName(prefix: string, service: string): string {
  return `${prefix}-${service}-errors`;
}

/**
 * More than 5% of a service's answers are its own errors, on whichever target group is live
 * (the plan's alarm on errors): evaluated each minute, no traffic is no alarm.
 */
export async function createErrorAlarm(
  clients: Clients,
  prefix: string,
  service: string,
  route: ServiceRoute,
): Promise<string> {
  const name = errorAlarmName(prefix, service);
  const metric = (id: string, metricName: string, targetGroup: string) => ({
    Id: id,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName: metricName,
        Dimensions: [
          { Name: 'LoadBalancer', Value: dimension(route.loadBalancer) },
          { Name: 'TargetGroup', Value: dimension(targetGroup) },
        ],
      },
      Period: 60,
      Stat: 'Sum',
    },
  });
  await clients.cloudWatch.putMetricAlarm({
    AlarmName: name,
    AlarmDescription: `More than 5% of ${service}'s answers are errors`,
    Metrics: [
      metric('blueErrors', 'HTTPCode_Target_5XX_Count', route.blue),
      metric('greenErrors', 'HTTPCode_Target_5XX_Count', route.green),
      metric('blueRequests', 'RequestCount', route.blue),
      metric('greenRequests', 'RequestCount', route.green),
      {
        Id: 'rate',
        Label: 'errors in percent',
        Expression:
          '100 * (FILL(blueErrors, 0) + FILL(greenErrors, 0)) / (FILL(blueRequests, 0) + FILL(greenRequests, 0))',
        ReturnData: true,
      },
    ],
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 5,
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
  return name;
}
