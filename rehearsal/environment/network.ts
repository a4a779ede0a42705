import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';
import { type Clients, present } from './clients.ts';

/** One service's way in: two target groups, a production and a test listener whose default rules hold both. */
export interface ServiceRoute {
  blue: string;
  green: string;
  productionListener: string;
  testListener: string;
  loadBalancer: string;
  /** `http://ADDRESS:PORT` of the production listener. */
  url: string;
}

export interface Network {
  vpc: string;
  subnets: string[];
  securityGroups: string[];
  routes: Record<string, ServiceRoute>;
}

/** A load balancer has at most 50 listeners (AWS's default quota), and a service takes two. */
const SERVICES_A_BALANCER = 25;

/** The load balancers with their listeners; every rule is seeded blue 100 / green 0. */
export async function createNetwork(
  clients: Clients,
  manifest: Manifest,
  environment: string,
): Promise<Network> {
  const network = await createVpc(clients, manifest, environment);
  const { loadBalancer: name } = environmentNames(manifest, environment);
  const services = Object.keys(manifest.services);
  const balancers = await Promise.all(
    Array.from({ length: Math.ceil(services.length / SERVICES_A_BALANCER) }, (_, index) =>
      createLoadBalancer(clients, index === 0 ? name : `${name}-${index + 1}`, network),
    ),
  );
  const routes = await Promise.all(
    services.map(async (service, index) => {
      const balancer = present(balancers[Math.floor(index / SERVICES_A_BALANCER)], 'a load balancer');
      return [
        service,
        await createRoute({ clients, manifest, environment, vpc: network.vpc, balancer }, service),
      ];
    }),
  );
  return { ...network, routes: Object.fromEntries(routes) as Record<string, ServiceRoute> };
}

interface Balancer {
  arn: string;
  dnsName: string;
}

async function createLoadBalancer(
  clients: Clients,
  name: string,
  { subnets, securityGroups }: Pick<Network, 'subnets' | 'securityGroups'>,
): Promise<Balancer> {
  const { LoadBalancers } = await clients.loadBalancing.createLoadBalancer({
    Name: name,
    Scheme: 'internal',
    Type: 'application',
    Subnets: subnets,
    SecurityGroups: securityGroups,
  });
  const balancer = present(LoadBalancers?.[0], 'the load balancer');
  const arn = present(balancer.LoadBalancerArn, 'LoadBalancerArn');
  await clients.loadBalancing.modifyLoadBalancerAttributes({
    LoadBalancerArn: arn,
    // Users' connections do not idle faster with the clock: at 60 s they would be closed while a user sends.
    Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '4000' }],
  });
  return { arn, dnsName: present(balancer.DNSName, 'DNSName') };
}

/** A VPC with a subnet in each of two zones, and one security group for everything in it. */
async function createVpc(clients: Clients, manifest: Manifest, environment: string) {
  const { Vpc } = await clients.ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const VpcId = present(Vpc?.VpcId, 'VpcId');
  const { AvailabilityZones = [] } = await clients.ec2.describeAvailabilityZones({});
  const subnets = await Promise.all(
    AvailabilityZones.slice(0, 2).map(async ({ ZoneName }, index) => {
      const CidrBlock = `10.0.${10 + index}.0/24`;
      const { Subnet } = await clients.ec2.createSubnet({
        VpcId,
        CidrBlock,
        ...(ZoneName === undefined ? {} : { AvailabilityZone: ZoneName }),
      });
      return present(Subnet?.SubnetId, 'SubnetId');
    }),
  );
  const { GroupId } = await clients.ec2.createSecurityGroup({
    VpcId,
    GroupName: `${manifest.product}-${environment}-services`,
    Description: 'Tasks and their load balancer',
  });
  return { vpc: VpcId, subnets, securityGroups: [present(GroupId, 'GroupId')] };
}

interface RouteOptions {
  clients: Clients;
  manifest: Manifest;
  environment: string;
  vpc: string;
  balancer: Balancer;
}

async function createRoute(
  { clients, manifest, environment, vpc, balancer }: RouteOptions,
  service: string,
): Promise<ServiceRoute> {
  const declared = present(manifest.services[service], service);
  const names = serviceNames(manifest, environment, service);
  const createTargetGroup = async (name: string) => {
    const { TargetGroups } = await clients.loadBalancing.createTargetGroup({
      Name: name,
      Protocol: 'HTTP',
      Port: declared.port,
      VpcId: vpc,
      TargetType: 'ip',
      HealthCheckPath: declared.health,
      // Processes do not run faster with the clock: a check may take most of a real second.
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 25,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 5,
    });
    const arn = present(TargetGroups?.[0]?.TargetGroupArn, 'TargetGroupArn');
    await clients.loadBalancing.modifyTargetGroupAttributes({
      TargetGroupArn: arn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
    });
    return arn;
  };
  const blue = await createTargetGroup(names.blueTargetGroup);
  const green = await createTargetGroup(names.greenTargetGroup);
  const createListener = async (port: number) => {
    const { Listeners } = await clients.loadBalancing.createListener({
      LoadBalancerArn: balancer.arn,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue, Weight: 100 },
              { TargetGroupArn: green, Weight: 0 },
            ],
          },
        },
      ],
    });
    return present(Listeners?.[0]?.ListenerArn, 'ListenerArn');
  };
  return {
    blue,
    green,
    productionListener: await createListener(declared.listener.production),
    testListener: await createListener(declared.listener.test),
    loadBalancer: balancer.arn,
    url: `http://${balancer.dnsName}:${declared.listener.production}`,
  };
}
