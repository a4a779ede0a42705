import { Duration } from 'aws-cdk-lib';
import {
  CfnScalingPolicy,
  ScalableTarget,
  Schedule,
  ServiceNamespace,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import type { ServiceListeners } from './service-listeners.ts';

export interface ServiceScalingProps {
  readonly blueprint: Blueprint;
  readonly service: ServiceBlueprint;
  readonly listeners: ServiceListeners;
}

/**
 * Scales a service between its bounds: by CPU, by requests per task, and by the clock. Requests are
 * counted over both target groups: AWS's own request metric names one, and goes blind at the first swap.
 */
export class ServiceScaling extends Construct {
  constructor(scope: Construct, id: string, { blueprint, service, listeners }: ServiceScalingProps) {
    super(scope, id);
    const { config, names } = blueprint;
    const target = new ScalableTarget(this, 'Target', {
      serviceNamespace: ServiceNamespace.ECS,
      resourceId: `service/${names.cluster}/${service.names.service}`,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: service.tasks.min,
      maxCapacity: service.tasks.max,
    });
    for (const { name, cron, min, max } of config.scaling.schedules) {
      target.scaleOnSchedule(name, {
        schedule: Schedule.expression(cron),
        minCapacity: Math.max(min, service.tasks.min),
        maxCapacity: Math.max(max, service.tasks.min),
      });
    }
    const cooldown = {
      scaleInCooldown: Duration.minutes(5).toSeconds(),
      scaleOutCooldown: Duration.minutes(1).toSeconds(),
    };
    const policy = (
      name: string,
      configuration: CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty,
    ) =>
      new CfnScalingPolicy(this, name, {
        policyName: `${service.names.family}-${name.toLowerCase()}`,
        policyType: 'TargetTrackingScaling',
        scalingTargetId: target.scalableTargetId,
        targetTrackingScalingPolicyConfiguration: { ...cooldown, ...configuration },
      });
    policy('Cpu', {
      targetValue: config.scaling.cpuPercent,
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    });
    policy('Requests', {
      targetValue: config.scaling.requestsPerTask,
      customizedMetricSpecification: {
        metrics: requestsPerTask(names.cluster, service.names.service, listeners),
      },
    });
  }
}

/** Each task reports its CPU once a minute, so the number of samples is the number of tasks. */
function requestsPerTask(
  cluster: string,
  service: string,
  { blue, green }: ServiceListeners,
): CfnScalingPolicy.TargetTrackingMetricDataQueryProperty[] {
  const requests = (id: string, group: ServiceListeners['blue']) => ({
    id,
    returnData: false,
    metricStat: {
      stat: 'Sum',
      metric: {
        namespace: 'AWS/ApplicationELB',
        metricName: 'RequestCount',
        dimensions: [
          { name: 'LoadBalancer', value: group.firstLoadBalancerFullName },
          { name: 'TargetGroup', value: group.targetGroupFullName },
        ],
      },
    },
  });
  const tasks = {
    id: 'tasks',
    returnData: false,
    metricStat: {
      stat: 'SampleCount',
      metric: {
        namespace: 'AWS/ECS',
        metricName: 'CPUUtilization',
        dimensions: [
          { name: 'ClusterName', value: cluster },
          { name: 'ServiceName', value: service },
        ],
      },
    },
  };
  return [
    requests('blue', blue),
    requests('green', green),
    tasks,
    {
      id: 'perTask',
      label: 'requests per task',
      returnData: true,
      expression: '(FILL(blue,0)+FILL(green,0))/tasks',
    },
  ];
}
