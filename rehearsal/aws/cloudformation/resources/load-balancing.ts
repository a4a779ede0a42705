import {
  type Asked,
  asInput,
  list,
  optional,
  type Properties,
  type Provider,
  type Providers,
  text,
  without,
} from './provider.ts';

/** `app/NAME/ID`, `targetgroup/NAME/ID`: an ARN's last part, as CloudWatch's dimensions have it. */
const fullName = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1).replace(/^loadbalancer\//, '');
/** Names of load balancers and target groups have at most 32 characters. */
const shortName = (asked: Asked) => asked.generatedName.slice(-32).replace(/^-/, '');

const loadBalancer: Provider = {
  create: async (properties, asked) => {
    const { aws, as } = asked;
    const input = { Name: shortName(asked), ...without(properties, 'LoadBalancerAttributes') };
    const { LoadBalancers } = await aws.invoke(
      'elasticloadbalancing',
      'CreateLoadBalancer',
      asInput(input),
      as,
    );
    const made = LoadBalancers?.[0];
    const arn = text(made?.LoadBalancerArn);
    await setAttributes(arn, properties, asked);
    return {
      id: arn,
      attributes: {
        LoadBalancerArn: arn,
        DNSName: made?.DNSName,
        CanonicalHostedZoneID: made?.CanonicalHostedZoneId,
        LoadBalancerFullName: fullName(arn),
        LoadBalancerName: made?.LoadBalancerName,
        SecurityGroups: made?.SecurityGroups,
      },
    };
  },
  update: async (created, properties, asked) => {
    await setAttributes(created.id, properties, asked);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticloadbalancing', 'DeleteLoadBalancer', { LoadBalancerArn: id }, as);
  },
};

async function setAttributes(
  LoadBalancerArn: string,
  properties: Properties,
  { aws, as }: Asked,
): Promise<void> {
  const Attributes = list(properties.LoadBalancerAttributes);
  if (Attributes.length === 0) return;
  const input = asInput<{ LoadBalancerArn: string; Attributes: object[] }>({ LoadBalancerArn, Attributes });
  await aws.invoke('elasticloadbalancing', 'ModifyLoadBalancerAttributes', input, as);
}

const targetGroup: Provider = {
  create: async (properties, asked) => {
    const { aws, as } = asked;
    const input = {
      Name: shortName(asked),
      ...without(properties, 'TargetGroupAttributes', 'Targets'),
    };
    const { TargetGroups } = await aws.invoke(
      'elasticloadbalancing',
      'CreateTargetGroup',
      asInput(input),
      as,
    );
    const arn = text(TargetGroups?.[0]?.TargetGroupArn);
    const Attributes = list(properties.TargetGroupAttributes);
    if (Attributes.length > 0) {
      const attributes = asInput<{ TargetGroupArn: string; Attributes: object[] }>({
        TargetGroupArn: arn,
        Attributes,
      });
      await aws.invoke('elasticloadbalancing', 'ModifyTargetGroupAttributes', attributes, as);
    }
    return {
      id: arn,
      attributes: {
        TargetGroupArn: arn,
        TargetGroupFullName: fullName(arn),
        TargetGroupName: TargetGroups?.[0]?.TargetGroupName,
        LoadBalancerArns: [],
      },
    };
  },
  update: async (created, properties, { aws, as }) => {
    const input = {
      TargetGroupArn: created.id,
      ...without(
        properties,
        'Name',
        'Port',
        'Protocol',
        'VpcId',
        'TargetType',
        'Tags',
        'TargetGroupAttributes',
      ),
    };
    await aws.invoke('elasticloadbalancing', 'ModifyTargetGroup', asInput(input), as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticloadbalancing', 'DeleteTargetGroup', { TargetGroupArn: id }, as);
  },
};

const listener: Provider = {
  create: async (properties, { aws, as }) => {
    const input = without(properties, 'ListenerAttributes');
    const { Listeners } = await aws.invoke('elasticloadbalancing', 'CreateListener', asInput(input), as);
    const arn = text(Listeners?.[0]?.ListenerArn);
    return { id: arn, attributes: { ListenerArn: arn } };
  },
  update: async (created, properties, { aws, as }) => {
    const input = {
      ListenerArn: created.id,
      ...without(properties, 'LoadBalancerArn', 'Tags', 'ListenerAttributes'),
    };
    await aws.invoke('elasticloadbalancing', 'ModifyListener', asInput(input), as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticloadbalancing', 'DeleteListener', { ListenerArn: id }, as);
  },
};

const listenerRule: Provider = {
  create: async (properties, { aws, as }) => {
    const { Rules } = await aws.invoke('elasticloadbalancing', 'CreateRule', asInput(properties), as);
    const arn = text(Rules?.[0]?.RuleArn);
    return { id: arn, attributes: { RuleArn: arn, IsDefault: false } };
  },
  update: async (created, properties, { aws, as }) => {
    const { Actions, Conditions } = properties;
    await aws.invoke(
      'elasticloadbalancing',
      'ModifyRule',
      asInput({ RuleArn: created.id, Actions, Conditions }),
      as,
    );
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticloadbalancing', 'DeleteRule', { RuleArn: id }, as);
  },
};

const alarm: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const AlarmName = optional(properties.AlarmName) ?? generatedName;
    await aws.invoke('cloudwatch', 'PutMetricAlarm', asInput({ ...properties, AlarmName }), as);
    return { id: AlarmName, attributes: { Arn: aws.arn('cloudwatch', `alarm:${AlarmName}`) } };
  },
  update: async (created, properties, { aws, as }) => {
    await aws.invoke('cloudwatch', 'PutMetricAlarm', asInput({ ...properties, AlarmName: created.id }), as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('cloudwatch', 'DeleteAlarms', { AlarmNames: [id] }, as);
  },
};

export const loadBalancingProviders: Providers = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroup,
  'AWS::ElasticLoadBalancingV2::Listener': listener,
  'AWS::ElasticLoadBalancingV2::ListenerRule': listenerRule,
  'AWS::CloudWatch::Alarm': alarm,
};
