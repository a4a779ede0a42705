import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationProtocol,
  ApplicationTargetGroup,
  type IApplicationLoadBalancer,
  ListenerAction,
  SslPolicy,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { ServiceBlueprint } from '../blueprint.ts';

export interface ServiceListenersProps {
  readonly service: ServiceBlueprint;
  readonly vpc: Vpc;
  readonly loadBalancer: IApplicationLoadBalancer;
  /** With it both listeners speak TLS. */
  readonly certificate: ICertificate | undefined;
}

/**
 * The two target groups and two listeners of a service. Only default rules, since CodeDeploy shifts
 * listeners, and seeded with both groups at 100/0: a rule that never knew green cannot be shifted to it.
 * Frozen after creation: from then on the weights are CodeDeploy's.
 */
export class ServiceListeners extends Construct {
  readonly blue: ApplicationTargetGroup;
  readonly green: ApplicationTargetGroup;
  readonly production: ApplicationListener;
  readonly test: ApplicationListener;

  constructor(
    scope: Construct,
    id: string,
    { service, vpc, loadBalancer, certificate }: ServiceListenersProps,
  ) {
    super(scope, id);
    const { manifest, names } = service;
    const targetGroup = (color: string, targetGroupName: string) =>
      new ApplicationTargetGroup(this, color, {
        vpc,
        targetGroupName,
        targetType: TargetType.IP,
        protocol: ApplicationProtocol.HTTP,
        port: manifest.port,
        // A Spot task has two minutes from its warning to its end: it must be drained by then.
        deregistrationDelay: Duration.seconds(30),
        healthCheck: {
          path: manifest.health,
          interval: Duration.seconds(10),
          timeout: Duration.seconds(5),
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 3,
          healthyHttpCodes: '200',
        },
      });
    this.blue = targetGroup('Blue', names.blueTargetGroup);
    this.green = targetGroup('Green', names.greenTargetGroup);
    const listener = (kind: string, port: number) =>
      new ApplicationListener(this, kind, {
        loadBalancer,
        port,
        protocol: certificate ? ApplicationProtocol.HTTPS : ApplicationProtocol.HTTP,
        ...(certificate ? { certificates: [certificate], sslPolicy: SslPolicy.RECOMMENDED_TLS } : {}),
        open: false,
        defaultAction: ListenerAction.weightedForward([
          { targetGroup: this.blue, weight: 100 },
          { targetGroup: this.green, weight: 0 },
        ]),
      });
    this.production = listener('Production', manifest.listener.production);
    this.test = listener('Test', manifest.listener.test);
  }
}
