import { type Context, type Need, type Priced, reader, type Service } from '../context.ts';
import { eachCase, times } from '../range.ts';
import { asList } from '../template/json.ts';
import { isPlaceholder } from '../template/placeholder.ts';
import type { Resource } from '../template/stack.ts';
import { hoursInWords, need, words } from './need.ts';

/** https://aws.amazon.com/elasticloadbalancing/pricing */
export const elb: Service = {
  rules: {
    'AWS::ElasticLoadBalancingV2::LoadBalancer': priceLoadBalancer,
    'AWS::ElasticLoadBalancingV2::Listener': () => ({ free: 'part of its load balancer' }),
    'AWS::ElasticLoadBalancingV2::ListenerRule': () => ({ free: 'its evaluations are in the LCU' }),
    'AWS::ElasticLoadBalancingV2::ListenerCertificate': () => ({ free: 'part of its load balancer' }),
    'AWS::ElasticLoadBalancingV2::TargetGroup': () => ({ free: 'part of its load balancer' }),
  },
};

function priceLoadBalancer(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const type = read.text('Type', 'application');
  if (type !== 'application') {
    return {
      unknown: `load balancers of type ${type} are not in the price book`,
      remedy: 'Use an application load balancer',
    };
  }
  const hours = context.hours(resource);
  const lcu = context.usage('alb.lcu', context.subjectOf(resource));
  const lcuHours = eachCase((which) => lcu[which] * hours[which]);
  return {
    needs: [
      need('load balancer hours', 'alb_h', hours, `1 load balancer × ${hoursInWords(hours)}`),
      need('capacity units', 'alb_lcu_h', lcuHours, `${words(lcu)} LCU × ${hoursInWords(hours)}`),
      ...publicAddresses(resource, context),
    ],
    causes: [
      ...read.causes,
      {
        path: `${resource.stack.file}#/Resources/${resource.logicalId}/Properties/Subnets`,
        value: resource.properties.Subnets,
      },
    ],
  };
}

/** An internet-facing load balancer has a public IPv4 address in each of its subnets. */
function publicAddresses(resource: Resource, context: Context): Need[] {
  const read = reader(resource, context);
  if (read.text('Scheme', 'internet-facing') === 'internal') return [];
  if (read.text('IpAddressType', 'ipv4') === 'dualstack-without-public-ipv4') return [];
  const { Subnets, SubnetMappings } = resource.properties;
  const subnets = [...asList(Subnets), ...asList(SubnetMappings)];
  if (subnets.length === 0 || (typeof Subnets === 'string' && isPlaceholder(Subnets))) {
    context.unknown({
      subject: context.subjectOf(resource),
      reason: 'its subnets cannot be resolved, so its public addresses cannot be counted; 2 are assumed',
      remedy: 'Give the template with the subnets too, or set the parameter',
    });
  }
  const count = subnets.length > 1 || Array.isArray(Subnets) ? subnets.length : 2;
  const hours = context.hours(resource);
  return [need('public IPv4', 'ipv4_h', times(hours, count), `${count} subnets × ${hoursInWords(hours)}`)];
}
