import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster } from 'aws-cdk-lib/aws-ecs';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import type { Database } from '../constructs/database.ts';
import { DatabaseTasks } from '../constructs/database-tasks.ts';
import { executionRole } from '../constructs/execution-role.ts';
import { LoadBalancer } from '../constructs/load-balancer.ts';
import type { SecurityGroups } from '../constructs/security-groups.ts';
import { ServiceListeners } from '../constructs/service-listeners.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface PlatformStackProps {
  readonly vpc: Vpc;
  readonly securityGroups: SecurityGroups;
  readonly logs: Bucket;
  readonly hostedZone: IHostedZone;
  readonly database: Database;
  /** Where the migration and the backup log to. */
  readonly taskLogs: ILogGroup;
  /** The bucket that dumps go to. */
  readonly backups: Bucket;
}

/**
 * Cluster, load balancer, listeners, target groups. Frozen after creation: weights belong to CodeDeploy, and
 * `npm run guard` must pass before this stack is deployed again.
 */
export class PlatformStack extends EnvironmentStack {
  readonly cluster: Cluster;
  readonly executionRole: Role;
  readonly internal: IApplicationLoadBalancer;
  readonly listeners: ReadonlyMap<string, ServiceListeners>;
  readonly #public: IApplicationLoadBalancer | undefined;

  constructor(scope: Construct, blueprint: Blueprint, props: PlatformStackProps) {
    super(scope, 'platform', blueprint, {
      description: 'ECS cluster, load balancer, listeners',
      sleeps: true,
    });
    const { names, config, services } = blueprint;
    const { vpc, securityGroups, logs } = props;
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: names.cluster,
      vpc,
      enableFargateCapacityProviders: true,
    });
    this.executionRole = executionRole(this, blueprint);
    const balancer = { vpc, accessLogs: logs, protected: !config.sleeps };
    this.internal = new LoadBalancer(this, 'LoadBalancer', {
      ...balancer,
      name: names.loadBalancer,
      scheme: 'internal',
      securityGroup: securityGroups.loadBalancer,
    });
    if (securityGroups.publicLoadBalancer) {
      this.#public = new LoadBalancer(this, 'PublicLoadBalancer', {
        ...balancer,
        name: `${names.loadBalancer}-public`,
        scheme: 'internet-facing',
        securityGroup: securityGroups.publicLoadBalancer,
      });
    }
    const certificate =
      this.#public || config.ingress.tls ? this.certificate(blueprint, props.hostedZone) : undefined;
    new DatabaseTasks(this, 'DatabaseTasks', {
      blueprint,
      vpc,
      cluster: this.cluster,
      database: props.database,
      executionRole: this.executionRole,
      logGroup: props.taskLogs,
      bucket: props.backups,
      securityGroup: securityGroups.databaseTasks,
    });
    this.listeners = new Map(
      services.map((service) => [
        service.name,
        new ServiceListeners(this, service.name, {
          service,
          vpc,
          loadBalancer: this.loadBalancerOf(service),
          certificate: service.manifest.public ? certificate : undefined,
        }),
      ]),
    );
  }

  /** Where a service's listeners are: on the internal load balancer, unless it is public and that is internet-facing. */
  loadBalancerOf({ manifest }: ServiceBlueprint): IApplicationLoadBalancer {
    return (manifest.public && this.#public) || this.internal;
  }

  /** @throws RangeError when there is no such service. */
  listenersOf(service: string): ServiceListeners {
    const listeners = this.listeners.get(service);
    if (!listeners) throw new RangeError(`no listeners for service ${service}`);
    return listeners;
  }

  private certificate({ config }: Blueprint, hostedZone: IHostedZone): ICertificate {
    return new Certificate(this, 'Certificate', {
      domainName: config.domain,
      validation: CertificateValidation.fromDns(hostedZone),
    });
  }
}
