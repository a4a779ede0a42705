import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ServiceListeners } from './service-listeners.ts';

/** A load balancer metric of a service whichever colour is live: blue and green together. */
function ofBoth(
  metricName: string,
  statistic: string,
  listeners: ServiceListeners,
  period = Duration.minutes(1),
) {
  const metric = (group: ServiceListeners['blue']) =>
    new Metric({
      namespace: 'AWS/ApplicationELB',
      metricName,
      statistic,
      period,
      dimensionsMap: {
        LoadBalancer: group.firstLoadBalancerFullName,
        TargetGroup: group.targetGroupFullName,
      },
    });
  return { blue: metric(listeners.blue), green: metric(listeners.green) };
}

export function requestCount(listeners: ServiceListeners): MathExpression {
  return new MathExpression({
    expression: 'FILL(blue,0)+FILL(green,0)',
    label: 'requests',
    usingMetrics: ofBoth('RequestCount', 'Sum', listeners),
    period: Duration.minutes(1),
  });
}

export function errorCount(listeners: ServiceListeners): MathExpression {
  return new MathExpression({
    expression: 'FILL(blue,0)+FILL(green,0)',
    label: '5xx',
    usingMetrics: ofBoth('HTTPCode_Target_5XX_Count', 'Sum', listeners),
    period: Duration.minutes(1),
  });
}

/** Errors in percent of requests; nothing while nobody asks. */
export function errorPercent(listeners: ServiceListeners, period = Duration.minutes(1)): MathExpression {
  const errors = ofBoth('HTTPCode_Target_5XX_Count', 'Sum', listeners, period);
  const requests = ofBoth('RequestCount', 'Sum', listeners, period);
  return new MathExpression({
    expression: '100*(FILL(e1,0)+FILL(e2,0))/(FILL(r1,0)+FILL(r2,0))',
    label: 'errors %',
    usingMetrics: { e1: errors.blue, e2: errors.green, r1: requests.blue, r2: requests.green },
    period,
  });
}

/** Seconds within which 95% of the requests were answered, of the colour that is slower. */
export function p95Seconds(listeners: ServiceListeners, period = Duration.minutes(5)): MathExpression {
  return new MathExpression({
    expression: 'MAX([FILL(blue,0),FILL(green,0)])',
    label: 'p95 (s)',
    usingMetrics: ofBoth('TargetResponseTime', 'p95', listeners, period),
    period,
  });
}
