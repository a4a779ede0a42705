import { reader, type Service } from '../context.ts';
import { asRecord } from '../template/json.ts';
import { need, words } from './need.ts';

/** https://aws.amazon.com/route53/pricing. Cloud Map's DNS namespaces are hosted zones. */
export const route53: Service = {
  rules: {
    'AWS::Route53::HostedZone': (resource, context) => ({
      needs: [need('hosted zone', 'r53.zone_mo', context.existence(resource), '1 hosted zone')],
      causes: [],
    }),
    'AWS::ServiceDiscovery::PrivateDnsNamespace': (resource, context) => ({
      needs: [need('hosted zone', 'r53.zone_mo', context.existence(resource), '1 private hosted zone')],
      causes: [],
    }),
    'AWS::ServiceDiscovery::PublicDnsNamespace': (resource, context) => ({
      needs: [need('hosted zone', 'r53.zone_mo', context.existence(resource), '1 public hosted zone')],
      causes: [],
    }),
    'AWS::ServiceDiscovery::HttpNamespace': () => ({ free: 'ECS registers in Cloud Map without charge' }),
    'AWS::ServiceDiscovery::Service': () => ({ free: 'ECS registers in Cloud Map without charge' }),
    'AWS::Route53::RecordSet': () => ({ free: 'records are in the price of their zone' }),
    'AWS::Route53::RecordSetGroup': () => ({ free: 'records are in the price of their zone' }),
    'AWS::Route53::HealthCheck': (resource, context) => {
      const read = reader(
        { ...resource, properties: asRecord(resource.properties.HealthCheckConfig) },
        context,
      );
      const type = read.text('Type', 'HTTP');
      if (!type.startsWith('HTTP') && type !== 'TCP')
        return { free: `health checks of type ${type} watch others` };
      const features = [read.text('Type', '').startsWith('HTTPS'), read.flag('MeasureLatency')];
      const extra = features.filter(Boolean).length + (read.number('RequestInterval', 30) < 30 ? 1 : 0);
      return {
        needs: [
          need('health check', 'r53.health_check_mo', context.existence(resource), '1 endpoint outside AWS'),
          ...(extra > 0
            ? [need('health check options', 'r53.health_check_option_mo', extra, `${extra} options`)]
            : []),
        ],
        causes: read.causes,
      };
    },
  },
  uses: [
    {
      name: 'DNS queries',
      types: ['AWS::Route53::HostedZone'],
      needs: (subject, context) => {
        const millions = context.usage('route53.queries-millions', subject);
        return [need('queries', 'r53.q_M', millions, `${words(millions)} M queries`)];
      },
    },
  ],
};
