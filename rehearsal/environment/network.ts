import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';
import { type Clients, present } from './clients.ts';

export const SUBNETS = ['subnet-0a1b2c3d4e5f60011', 'subnet-0a1b2c3d4e5f60012'];
export const SECURITY_GROUPS = ['sg-0a1b2c3d4e5f60001'];

/** One service's way in: two target groups, a production and a test listener whose default rules hold both. */
export interface ServiceRoute {
  blue: string;
  green: string;
  productionListener: string;
  testListener: string;
}

export interface Network {
  loadBalancer: string;
  dnsName: string;
  routes: Record<string, ServiceRoute>;
}

/** The load balancer with its listeners; every rule is seeded blue 100 / green 0. */
export async function createNetwork(
  clients: Clients,
  manifest: Manifest,
  environment: string,
): Promise<Network> {
  const { LoadBalancers } = await clients.loadBalancing.createLoadBalancer({
    Name: environmentNames(manifest, environment).loadBalancer,
    Scheme: 'internal',
    Type: 'application',
    Subnets: SUBNETS,
    SecurityGroups: SECURITY_GROUPS,
  });
  const balancer = present(LoadBalancers?.[0], 'the load balancer');
  const loadBalancer = present(balancer.LoadBalancerArn, 'LoadBalancerArn');
  const routes = await Promise.all(
    Object.keys(manifest.services).map(async (service) => [
      service,
      await createRoute(clients, manifest, environment, service, loadBalancer),
    ]),
  );
  return {
    loadBalancer,
    dnsName: present(balancer.DNSName, 'DNSName'),
    routes: Object.fromEntries(routes) as Record<string, ServiceRoute>,
  };
}

async function createRoute(
  clients: Clients,
  manifest: Manifest,
  environment: string,
  service: string,
  loadBalancer: string,
): Promise<ServiceRoute> {
  const declared = present(manifest.services[service], service);
  const names = serviceNames(manifest, environment, service);
  const createTargetGroup = async (name: string) => {
    const { TargetGroups } = await clients.loadBalancing.createTargetGroup({
      Name: name,
      Protocol: 'HTTP',
      Port: declared.port,
      VpcId: 'vpc-0a1b2c3d4e5f60000',
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
      LoadBalancerArn: loadBalancer,
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
  };
}
