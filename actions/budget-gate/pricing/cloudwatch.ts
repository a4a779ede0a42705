import { type Context, type Priced, reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import { asList, asRecord } from '../template/json.ts';
import type { Resource } from '../template/stack.ts';
import { need, words } from './need.ts';

/** https://aws.amazon.com/cloudwatch/pricing */
export const cloudwatch: Service = {
  rules: {
    'AWS::CloudWatch::Alarm': priceAlarm,
    'AWS::CloudWatch::CompositeAlarm': (resource, context) => ({
      needs: [
        need('composite alarm', 'cw.alarm_composite_mo', context.existence(resource), '1 composite alarm'),
      ],
      causes: [],
    }),
    'AWS::CloudWatch::Dashboard': (resource, context) => ({
      needs: [need('dashboard', 'cw.dashboard_mo', context.existence(resource), '1 dashboard')],
      causes: [],
    }),
    'AWS::CloudWatch::AnomalyDetector': () => ({ free: 'priced with the alarm that uses it' }),
    'AWS::CloudWatch::MetricStream': () => ({
      unknown: 'metric streams are not in the price book',
      remedy: 'Leave it out, or price it by hand',
    }),
    'AWS::Logs::LogGroup': () => ({ free: 'no fixed cost; its volume is priced for the environment' }),
    'AWS::Logs::LogStream': () => ({ free: 'part of its log group' }),
    'AWS::Logs::ResourcePolicy': () => ({ free: 'only a policy' }),
    'AWS::Logs::QueryDefinition': () => ({ free: 'paid when somebody runs it, by the GB scanned' }),
    'AWS::Logs::SubscriptionFilter': () => ({ free: 'what receives the logs is priced itself' }),
    'AWS::Logs::DeliverySource': () => ({ free: 'only names a source of logs' }),
    'AWS::Logs::DeliveryDestination': () => ({ free: 'only names where logs go' }),
    'AWS::Logs::Delivery': () => ({ free: 'its logs are in the log volume of the environment' }),
    'AWS::Logs::MetricFilter': (resource, context) => {
      const metrics = asList(resource.properties.MetricTransformations).length;
      return {
        needs: [
          need(
            'custom metrics',
            'cw.metric_mo',
            times(context.existence(resource), metrics),
            `${metrics} metrics`,
          ),
        ],
        causes: [],
      };
    },
  },
  uses: [
    {
      name: 'logs',
      types: ['AWS::Logs::LogGroup'],
      needs: (subject, context) => {
        const taken = context.usage('logs.gb', subject);
        const kept = context.usage('logs.stored-gb', subject);
        return [
          need('logs taken in', 'cw.logs_in_gb', taken, `${words(taken)} GB`),
          need('logs kept', 'cw.logs_gb_mo', kept, `${words(kept)} GB compressed`),
        ];
      },
    },
    {
      name: 'custom metrics',
      types: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'],
      needs: (subject, context) => {
        const metrics = context.usage('metrics.custom', subject);
        return [need('custom metrics', 'cw.metric_mo', metrics, `${words(metrics)} metrics of programs`)];
      },
    },
  ],
};

/** An alarm is paid by the metrics that it looks at; an anomaly alarm counts its band twice more. */
function priceAlarm(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const queries = asList(resource.properties.Metrics).map(asRecord);
  const looked = queries.filter(({ MetricStat }) => MetricStat !== undefined);
  const periods = looked.map(({ MetricStat }) => Number(asRecord(MetricStat).Period));
  const shortest = Math.min(read.number('Period', 60), ...periods.filter(Number.isFinite));
  const bands = resource.properties.ThresholdMetricId === undefined ? 1 : 3;
  const metrics = Math.max(1, looked.length) * bands;
  const [kind, price] =
    shortest < 60 ? ['high-resolution alarm', 'cw.alarm_high_mo'] : ['alarm', 'cw.alarm_std_mo'];
  const quantity = times(context.existence(resource), metrics);
  return { needs: [need(kind, price, quantity, `${metrics} alarm metrics`)], causes: read.causes };
}
