import { Duration } from 'aws-cdk-lib';
import { type IOrigin, OriginProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';

export interface ServiceOriginProps {
  readonly loadBalancer: IApplicationLoadBalancer;
  readonly scheme: 'internal' | 'internet-facing';
  readonly port: number;
  /** Whether the listener speaks TLS. */
  readonly tls: boolean;
  /** `pika-production-api-gateway-test`: name of the VPC origin. */
  readonly name: string;
  /** Domain of the environment: the listener's certificate is for it. */
  readonly domain: string;
  /** Region of an origin shield. */
  readonly shield?: string | undefined;
}

/** One listener as an origin of CloudFront: through a VPC origin where the load balancer has no public address. */
export function serviceOrigin(props: ServiceOriginProps): IOrigin {
  const { loadBalancer, scheme, port, tls, name, domain, shield } = props;
  const protocolPolicy = tls ? OriginProtocolPolicy.HTTPS_ONLY : OriginProtocolPolicy.HTTP_ONLY;
  const options = {
    ...(tls ? { httpsPort: port } : { httpPort: port }),
    protocolPolicy,
    readTimeout: Duration.seconds(30),
    ...(shield ? { originShieldRegion: shield } : {}),
  };
  return scheme === 'internal'
    ? VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
        ...options,
        vpcOriginName: name,
        ...(tls ? { domainName: domain } : {}),
      })
    : new HttpOrigin(`origin.${domain}`, options);
}
