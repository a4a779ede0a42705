import { Peer, Port, SecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';

export interface SecurityGroupsProps {
  readonly vpc: Vpc;
  readonly blueprint: Blueprint;
}

const POSTGRES = Port.tcp(5432);
const CACHE = Port.tcp(6379);

/**
 * Who may talk to whom, in one place. A service reaches only the listener ports of the services it
 * depends on; the load balancer reaches each service on its own port; nobody else reaches anything.
 * CloudFront's way to the load balancer is opened by the Edge stack, which creates it.
 */
export class SecurityGroups extends Construct {
  readonly loadBalancer: SecurityGroup;
  /** Only used when the gateway's load balancer is internet-facing. */
  readonly publicLoadBalancer: SecurityGroup | undefined;
  readonly database: SecurityGroup;
  readonly cache: SecurityGroup;
  readonly search: SecurityGroup | undefined;
  /** Of the one-off and scheduled tasks that work on the database. */
  readonly databaseTasks: SecurityGroup;
  readonly #services = new Map<string, SecurityGroup>();

  constructor(scope: Construct, id: string, { vpc, blueprint }: SecurityGroupsProps) {
    super(scope, id);
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc, description, allowAllOutbound: false });
    const { config } = blueprint;
    this.loadBalancer = group('LoadBalancer', 'Internal load balancer');
    this.database = group('Database', 'PostgreSQL');
    this.cache = group('Cache', 'Cache');
    this.databaseTasks = group('DatabaseTasks', 'Migration and backup tasks');
    if (config.ingress.loadBalancer === 'internet-facing') {
      this.publicLoadBalancer = group('PublicLoadBalancer', 'Internet-facing load balancer of the gateway');
      // One rule for the gateway's two listeners: the prefix list weighs 55 of a group's 60 rules.
      this.publicLoadBalancer.addIngressRule(
        Peer.prefixList(config.ingress.cloudFrontPrefixList),
        publicPorts(blueprint),
        'from CloudFront',
      );
    }
    if (config.parts.search) this.search = group('Search', 'OpenSearch');
    for (const { name } of blueprint.services) {
      this.#services.set(name, group(`Service${name}`, `Tasks of ${name}`));
    }
    for (const service of blueprint.services) this.connectService(service, blueprint);
    this.databaseTasks.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS APIs');
    this.connect(this.databaseTasks, this.database, POSTGRES, 'migrations and backups');
    if (config.parts.databaseProxy) this.connect(this.database, this.database, POSTGRES, 'RDS Proxy');
  }

  /** @throws RangeError when there is no such service. */
  service(name: string): SecurityGroup {
    const group = this.#services.get(name);
    if (!group) throw new RangeError(`no security group for service ${name}`);
    return group;
  }

  private connectService(
    { name, manifest }: Blueprint['services'][number],
    { manifest: all, config }: Blueprint,
  ) {
    const tasks = this.service(name);
    const balancer = (manifest.public && this.publicLoadBalancer) || this.loadBalancer;
    this.connect(balancer, tasks, Port.tcp(manifest.port), `traffic and health checks of ${name}`);
    for (const callee of manifest.dependsOn) {
      const listener = all.services[callee]?.listener;
      if (listener)
        this.connect(tasks, this.loadBalancer, Port.tcp(listener.production), `${name} calls ${callee}`);
    }
    this.connect(tasks, this.database, POSTGRES, `${name}’s schema`.replace('’', ' '));
    this.connect(tasks, this.cache, CACHE, `${name} cache user`);
    if (this.search && config.services.fullTextSearch.includes(name)) {
      this.connect(tasks, this.search, Port.HTTPS, `${name} full-text search`);
    }
    tasks.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS APIs, Firebase');
  }

  private connect(from: SecurityGroup, to: SecurityGroup, port: Port, description: string): void {
    from.addEgressRule(to, port, description);
    to.addIngressRule(from, port, description);
  }
}

function publicPorts({ services }: Blueprint): Port {
  const ports = services
    .filter(({ manifest }) => manifest.public)
    .flatMap(({ manifest }) => [manifest.listener.production, manifest.listener.test]);
  return Port.tcpRange(Math.min(...ports), Math.max(...ports));
}
