import { createServer } from 'node:net';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { startTarget, type TestTarget } from '../dataplane/load-balancer/test/target.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let elb: ElasticLoadBalancingV2;
let targets: TestTarget[];

beforeEach(async () => {
  aws = await startAws({ timeScale: 200 });
  elb = new ElasticLoadBalancingV2(clientOptions(aws));
  targets = [];
});
afterEach(async () => {
  await aws.stop();
  await Promise.all(targets.map((target) => target.stop()));
});

const Subnets = ['subnet-a', 'subnet-b'];

async function createLoadBalancer(Name = 'shop', more: { Scheme?: 'internal' } = {}) {
  const { LoadBalancers } = await elb.createLoadBalancer({ Name, Subnets, ...more });
  const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {};
  return { LoadBalancerArn, DNSName };
}

async function createTargetGroup(Name: string) {
  const { TargetGroups } = await elb.createTargetGroup({
    Name,
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: 'vpc-1',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
  });
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

async function target(name: string): Promise<TestTarget> {
  const started = await startTarget(name);
  targets.push(started);
  return started;
}

const weighted = (...weights: [TargetGroupArn: string, Weight: number][]) => ({
  Type: 'forward' as const,
  ForwardConfig: { TargetGroups: weights.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })) },
});

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === 'object' && bound ? bound.port : 0;
}

async function health(TargetGroupArn: string) {
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn });
  return (TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not come to pass');
}

const healthy = (arn: string) =>
  until(async () => (await health(arn)).every((each) => each?.State === 'healthy'));

test('a listener forwards to healthy targets and moves by weights', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const [blue, green] = [await createTargetGroup('blue'), await createTargetGroup('green')];
  await elb.registerTargets({ TargetGroupArn: blue, Targets: [(await target('blue')).target] });
  await elb.registerTargets({ TargetGroupArn: green, Targets: [(await target('green')).target] });
  expect(await health(blue)).toEqual([
    {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    },
  ]);
  const Port = await freePort(DNSName);
  const { Listeners } = await elb.createListener({
    LoadBalancerArn,
    Port,
    Protocol: 'HTTP',
    DefaultActions: [weighted([blue, 100], [green, 0])],
  });
  const ListenerArn = Listeners?.[0]?.ListenerArn ?? '';
  await healthy(blue);
  await healthy(green);
  const ask = async () => (await fetch(`http://${DNSName}:${Port}/`)).text();
  const count = async (times: number) => {
    const answers = await Promise.all(Array.from({ length: times }, ask));
    return answers.filter((answer) => answer === 'green').length;
  };
  expect(await count(20)).toBe(0);
  await elb.modifyListener({ ListenerArn, DefaultActions: [weighted([blue, 90], [green, 10])] });
  expect(await count(100)).toBe(10);
  await elb.modifyListener({ ListenerArn, DefaultActions: [weighted([blue, 0], [green, 100])] });
  expect(await count(20)).toBe(20);
  const { TargetGroups } = await elb.describeTargetGroups({ LoadBalancerArn });
  expect(TargetGroups?.map(({ LoadBalancerArns }) => LoadBalancerArns)).toEqual([
    [LoadBalancerArn],
    [LoadBalancerArn],
  ]);
});
