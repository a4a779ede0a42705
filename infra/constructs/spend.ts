import { Duration } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { CfnAnomalyMonitor, CfnAnomalySubscription } from 'aws-cdk-lib/aws-ce';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface SpendProps {
  readonly product: string;
  /** USD a month that all environments may cost. */
  readonly monthly: number;
  /** USD a month from which somebody is told. */
  readonly monthlyAlarm: number;
  /** USD a day from which somebody is told. */
  readonly dailyAlarm: number;
  readonly topic: ITopic;
  readonly email: string;
}

/** Watches what is spent: budgets by day and month, forecast, anomalies, and CloudWatch's own estimate. All free. */
export class Spend extends Construct {
  constructor(scope: Construct, id: string, props: SpendProps) {
    super(scope, id);
    const { product, monthly, monthlyAlarm, dailyAlarm, topic, email } = props;
    const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
    const notify = (notificationType: string, threshold: number) => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'ABSOLUTE_VALUE',
      },
      subscribers,
    });
    new CfnBudget(this, 'Monthly', {
      budget: {
        budgetName: `${product}-monthly`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: usd(monthly),
      },
      notificationsWithSubscribers: [
        notify('ACTUAL', monthlyAlarm),
        notify('ACTUAL', monthly),
        notify('FORECASTED', monthly),
      ],
    });
    // A forecast is refused on a daily budget.
    new CfnBudget(this, 'Daily', {
      budget: {
        budgetName: `${product}-daily`,
        budgetType: 'COST',
        timeUnit: 'DAILY',
        budgetLimit: usd(dailyAlarm),
      },
      notificationsWithSubscribers: [notify('ACTUAL', dailyAlarm)],
    });
    this.anomalies(product, email, dailyAlarm);
    this.estimatedCharges(product, monthlyAlarm, topic);
  }

  private anomalies(product: string, email: string, impact: number): void {
    const monitor = new CfnAnomalyMonitor(this, 'Monitor', {
      monitorName: product,
      monitorType: 'DIMENSIONAL',
      monitorDimension: 'SERVICE',
    });
    new CfnAnomalySubscription(this, 'Subscription', {
      subscriptionName: product,
      frequency: 'DAILY',
      monitorArnList: [monitor.attrMonitorArn],
      subscribers: [{ type: 'EMAIL', address: email }],
      thresholdExpression: JSON.stringify({
        Dimensions: {
          Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
          MatchOptions: ['GREATER_THAN_OR_EQUAL'],
          Values: [String(impact)],
        },
      }),
    });
  }

  /** The second line: a metric that CloudWatch has in us-east-1 only, where the account's stack is. */
  private estimatedCharges(product: string, threshold: number, topic: ITopic): void {
    new Alarm(this, 'EstimatedCharges', {
      alarmName: `${product}-estimated-charges`,
      alarmDescription: `More than $${threshold} this month`,
      metric: new Metric({
        namespace: 'AWS/Billing',
        metricName: 'EstimatedCharges',
        dimensionsMap: { Currency: 'USD' },
        statistic: 'Maximum',
        period: Duration.hours(6),
      }),
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic));
  }
}

function usd(amount: number) {
  return { amount, unit: 'USD' };
}
