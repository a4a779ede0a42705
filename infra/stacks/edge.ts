import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IOrigin } from 'aws-cdk-lib/aws-cloudfront';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AaaaRecord, ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget, LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import { Cdn } from '../constructs/cdn.ts';
import type { SecurityGroups } from '../constructs/security-groups.ts';
import { serviceOrigin } from '../constructs/service-origin.ts';
import { TestAccess } from '../constructs/test-access.ts';
import { VpcOriginIngress } from '../constructs/vpc-origin-ingress.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { PlatformStack } from './platform.ts';

export interface EdgeStackProps {
  readonly vpc: Vpc;
  readonly securityGroups: SecurityGroups;
  readonly platform: PlatformStack;
  readonly staticBucket: Bucket;
  readonly logs: Bucket;
  readonly webAclArn: string;
  readonly certificate: ICertificate;
  readonly hostedZone: IHostedZone;
}

/** CloudFront for users, CloudFront for the smoke tests, and DNS. Holds nothing that could be lost. */
export class EdgeStack extends EnvironmentStack {
  readonly cdn: Cdn;

  constructor(scope: Construct, blueprint: Blueprint, props: EdgeStackProps) {
    super(scope, 'edge', blueprint, { description: 'CloudFront, test access, DNS', sleeps: true });
    const gateway = blueprint.services.find(({ manifest }) => manifest.public);
    if (!gateway)
      throw new RangeError('pika.yml declares no public service: there is nothing to put CloudFront before');
    const origin = (service: ServiceBlueprint, kind: 'production' | 'test') =>
      listenerOrigin(blueprint, props.platform, service, kind);
    this.cdn = new Cdn(this, 'Cdn', { ...props, blueprint, gateway: origin(gateway, 'production') });
    const testAccess = new TestAccess(this, 'TestAccess', {
      certificate: props.certificate,
      hostedZone: props.hostedZone,
      blueprint,
      origins: new Map(
        blueprint.services.map((service): [string, IOrigin] => [service.name, origin(service, 'test')]),
      ),
    });
    new VpcOriginIngress(this, 'VpcOriginIngress', {
      vpc: props.vpc,
      securityGroup: props.securityGroups.loadBalancer,
      ports: internalPorts(blueprint),
      after: [this.cdn.distribution, testAccess.distribution],
    });
    this.dns(blueprint, props, gateway);
  }

  private dns(
    { config }: Blueprint,
    { hostedZone, platform }: EdgeStackProps,
    gateway: ServiceBlueprint,
  ): void {
    const record = { zone: hostedZone, recordName: `${config.domain}.` };
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.cdn.distribution));
    new ARecord(this, 'Ipv4', { ...record, target });
    new AaaaRecord(this, 'Ipv6', { ...record, target });
    if (config.ingress.loadBalancer === 'internet-facing') {
      new ARecord(this, 'Origin', {
        zone: hostedZone,
        recordName: `origin.${config.domain}.`,
        target: RecordTarget.fromAlias(new LoadBalancerTarget(platform.loadBalancerOf(gateway))),
      });
    }
  }
}

function listenerOrigin(
  { prefix, config, region }: Blueprint,
  platform: PlatformStack,
  service: ServiceBlueprint,
  kind: 'production' | 'test',
): IOrigin {
  const scheme = service.manifest.public ? config.ingress.loadBalancer : 'internal';
  return serviceOrigin({
    loadBalancer: platform.loadBalancerOf(service),
    scheme,
    port: service.manifest.listener[kind],
    tls: service.manifest.public && (config.ingress.tls || scheme === 'internet-facing'),
    name: `${prefix}-${service.name}-${kind}`,
    domain: config.domain,
    shield: kind === 'production' && config.parts.worldwideCdn ? region : undefined,
  });
}

/** Ports that CloudFront must reach on the internal load balancer: the test listeners, and the gateway's. */
function internalPorts({ services, config }: Blueprint): number[] {
  const internal = services.filter(
    ({ manifest }) => !manifest.public || config.ingress.loadBalancer === 'internal',
  );
  return internal.flatMap(({ manifest: { listener, public: isPublic } }) =>
    isPublic ? [listener.production, listener.test] : [listener.test],
  );
}
