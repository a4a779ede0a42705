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

async function listen(LoadBalancerArn: string, DNSName: string, TargetGroupArn: string) {
  const Port = await freePort(DNSName);
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  const { Listeners } = await elb.createListener({ LoadBalancerArn, Port, Protocol: 'HTTP', DefaultActions });
  return { ListenerArn: Listeners?.[0]?.ListenerArn ?? '', Port, DefaultActions };
}

const fixed = (MessageBody: string) => ({
  Type: 'fixed-response' as const,
  FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody },
});
const pathIs = (...Values: string[]) => ({ Field: 'path-pattern', PathPatternConfig: { Values } });

async function fault(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'it was accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

test('a load balancer has an address of its own and is what was asked for', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer('shop', { Scheme: 'internal' });
  const other = await createLoadBalancer('other');
  expect(DNSName).toMatch(/^127\.64\.\d+\.\d+$/);
  expect(other.DNSName).not.toBe(DNSName);
  const { LoadBalancers } = await elb.describeLoadBalancers({ Names: ['shop'] });
  expect(LoadBalancers).toMatchObject([
    {
      LoadBalancerArn: expect.stringMatching(
        /^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/app\/shop\/[0-9a-f]{16}$/,
      ),
      Scheme: 'internal',
      Type: 'application',
      State: { Code: 'active' },
      AvailabilityZones: [{ SubnetId: 'subnet-a' }, { SubnetId: 'subnet-b' }],
    },
  ]);
  expect((await createLoadBalancer('shop', { Scheme: 'internal' })).LoadBalancerArn).toBe(LoadBalancerArn);
  expect(await fault(createLoadBalancer('shop'))).toBe(
    "DuplicateLoadBalancerNameException: A load balancer with the same name 'shop' exists, but with different settings",
  );
});

test('what cannot be is refused in AWS’s words, before anything is made', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  const { ListenerArn, Port, DefaultActions } = await listen(LoadBalancerArn, DNSName, group);
  const rule = { ListenerArn, Conditions: [pathIs('/a')], Actions: [fixed('a')] };
  await elb.createRule({ ...rule, Priority: 1 });
  const missing = LoadBalancerArn.replace('/shop/', '/none/');
  const { Rules } = await elb.describeRules({ ListenerArn });
  const RuleArn = Rules?.find(({ IsDefault }) => IsDefault)?.RuleArn ?? '';
  const ip = { TargetType: 'ip', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1' } as const;
  const faults = await Promise.all(
    [
      elb.createLoadBalancer({ Name: 'a_b', Subnets }),
      elb.createLoadBalancer({ Name: 'one', Subnets: ['subnet-a'] }),
      elb.createLoadBalancer({ Name: 'tcp', Subnets, Type: 'network' }),
      elb.describeLoadBalancers({ Names: ['none'] }),
      elb.describeLoadBalancers({ LoadBalancerArns: [missing] }),
      elb.createListener({ LoadBalancerArn, Port, Protocol: 'HTTP', DefaultActions: [fixed('b')] }),
      elb.createListener({ LoadBalancerArn, Port: Port + 1, Protocol: 'HTTPS', DefaultActions }),
      elb.createListener({ LoadBalancerArn: missing, Port, Protocol: 'HTTP', DefaultActions }),
      elb.createRule({ ...rule, Priority: 1 }),
      elb.createRule({ ...rule, Priority: 0 }),
      elb.createRule({ ...rule, Priority: 2, Conditions: [pathIs('1', '2', '3', '4', '5', '6')] }),
      elb.createRule({ ...rule, Priority: 2, Actions: [weighted([group, 1000])] }),
      elb.deleteRule({ RuleArn }),
      elb.deleteTargetGroup({ TargetGroupArn: group }),
      elb.createTargetGroup({ ...ip, Name: 'blue' }),
      elb.createTargetGroup({ ...ip, Name: 'slow', HealthCheckTimeoutSeconds: 30 }),
      elb.registerTargets({ TargetGroupArn: group, Targets: [{ Id: 'i-0123' }] }),
      elb.modifyTargetGroupAttributes({ TargetGroupArn: group, Attributes: [{ Key: 'nope', Value: '1' }] }),
      elb.modifyListener({ ListenerArn, DefaultActions: [weighted([group.replace('blue', 'red'), 1])] }),
    ].map(fault),
  );
  expect(faults).toEqual([
    "ValidationError: Load balancer name 'a_b' can only contain characters that are alphanumeric characters or hyphens(-)",
    'ValidationError: At least two subnets in two different Availability Zones must be specified',
    "ValidationError: The embedded AWS has load balancers of type 'application' only: 'network' is not available",
    "LoadBalancerNotFoundException: Load balancers '[none]' not found",
    'LoadBalancerNotFoundException: One or more load balancers not found',
    `DuplicateListenerException: A listener already exists on this port for this load balancer '${LoadBalancerArn}'`,
    'ValidationError: Exactly one certificate must be specified for an HTTPS listener',
    'LoadBalancerNotFoundException: One or more load balancers not found',
    "PriorityInUseException: Priority '1' is currently in use",
    "ValidationError: Rule priority '0' must be between 1 and 50000 inclusive",
    "ValidationError: A rule can only have '5' condition values, '6' were specified",
    "ValidationError: Target group weight '1000' must be between 0 and 999 inclusive",
    `OperationNotPermittedException: Default rule '${RuleArn}' cannot be deleted`,
    `ResourceInUseException: Target group '${group}' is currently in use by a listener or a rule`,
    "DuplicateTargetGroupNameException: A target group with the same name 'blue' exists, but with different settings",
    'ValidationError: Health check interval must be greater than the timeout.',
    "ValidationError: The IP address 'i-0123' is not a valid IPv4 address",
    "ValidationError: Target group attribute key 'nope' is not recognized",
    'TargetGroupNotFoundException: One or more target groups not found',
  ]);
  expect((await elb.describeListeners({ LoadBalancerArn })).Listeners).toHaveLength(1);
});

test('a target group belongs to one load balancer', async () => {
  const [one, two] = [await createLoadBalancer('one'), await createLoadBalancer('two')];
  const group = await createTargetGroup('blue');
  await listen(one.LoadBalancerArn, one.DNSName, group);
  expect(await fault(listen(two.LoadBalancerArn, two.DNSName, group))).toBe(
    `TargetGroupAssociationLimitException: The following target groups cannot be associated with more than one load balancer: ${group}`,
  );
});

test('rules are shown as AWS shows them, swap priorities and go away', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  const { ListenerArn, Port } = await listen(LoadBalancerArn, DNSName, group);
  const make = async (Priority: number, body: string) => {
    const { Rules } = await elb.createRule({
      ListenerArn,
      Priority,
      Conditions: [pathIs('/*')],
      Actions: [fixed(body)],
    });
    return Rules?.[0]?.RuleArn ?? '';
  };
  const [first, second] = [await make(10, 'first'), await make(20, 'second')];
  const ask = async () => (await fetch(`http://${DNSName}:${Port}/`)).text();
  expect(await ask()).toBe('first');
  await elb.setRulePriorities({
    RulePriorities: [
      { RuleArn: first, Priority: 20 },
      { RuleArn: second, Priority: 10 },
    ],
  });
  expect(await ask()).toBe('second');
  await elb.modifyRule({ RuleArn: second, Actions: [fixed('changed')] });
  expect(await ask()).toBe('changed');
  await elb.deleteRule({ RuleArn: second });
  expect(await ask()).toBe('first');
  const { Rules } = await elb.describeRules({ ListenerArn });
  expect(Rules).toMatchObject([
    {
      RuleArn: first,
      Priority: '20',
      IsDefault: false,
      Conditions: [{ Field: 'path-pattern', Values: ['/*'], PathPatternConfig: { Values: ['/*'] } }],
    },
    {
      Priority: 'default',
      IsDefault: true,
      Conditions: [],
      Actions: [
        {
          Type: 'forward',
          TargetGroupArn: group,
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: group, Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ],
    },
  ]);
});

test('attributes are kept, checked as a whole, and obeyed', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  for (const name of ['one', 'two', 'three']) {
    await elb.registerTargets({ TargetGroupArn: group, Targets: [(await target(name)).target] });
  }
  const { Port } = await listen(LoadBalancerArn, DNSName, group);
  await healthy(group);
  const Attributes = [
    { Key: 'stickiness.enabled', Value: 'true' },
    { Key: 'stickiness.lb_cookie.duration_seconds', Value: '60' },
  ];
  const bad = [...Attributes, { Key: 'deregistration_delay.timeout_seconds', Value: '3601' }];
  expect(await fault(elb.modifyTargetGroupAttributes({ TargetGroupArn: group, Attributes: bad }))).toMatch(
    /must? be between 0 and 3600 inclusive/,
  );
  const before = await fetch(`http://${DNSName}:${Port}/`);
  expect(before.headers.getSetCookie()).toEqual([]);
  await elb.modifyTargetGroupAttributes({ TargetGroupArn: group, Attributes });
  const bound = await fetch(`http://${DNSName}:${Port}/`);
  const [cookie = ''] = bound.headers.getSetCookie();
  expect(bound.headers.getSetCookie().map((each) => each.split('=')[0])).toEqual(['AWSALB', 'AWSALBCORS']);
  const name = await bound.text();
  for (let index = 0; index < 6; index++) {
    const headers = { Cookie: cookie.split(';')[0] ?? '' };
    expect(await (await fetch(`http://${DNSName}:${Port}/`, { headers })).text()).toBe(name);
  }
  const forged = { Cookie: 'AWSALB=bm90IGEgY29va2llIG9mIG91cnMgYXQgYWxsLCByZWFsbHk' };
  const free = await Promise.all(
    Array.from({ length: 6 }, async () =>
      (await fetch(`http://${DNSName}:${Port}/`, { headers: forged })).text(),
    ),
  );
  expect(new Set(free).size).toBe(3);
});

test('stickiness of target groups keeps a client on green, until green is off the traffic', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const groups = await Promise.all(['blue', 'green'].map(createTargetGroup));
  for (const [index, TargetGroupArn] of groups.entries()) {
    await elb.registerTargets({
      TargetGroupArn,
      Targets: [(await target(['blue', 'green'][index] ?? '')).target],
    });
  }
  const [blue = '', green = ''] = groups;
  const { ListenerArn, Port } = await listen(LoadBalancerArn, DNSName, blue);
  const shift = (blueWeight: number, greenWeight: number) => {
    const action = weighted([blue, blueWeight], [green, greenWeight]);
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 600 };
    const ForwardConfig = { ...action.ForwardConfig, TargetGroupStickinessConfig };
    return elb.modifyListener({ ListenerArn, DefaultActions: [{ ...action, ForwardConfig }] });
  };
  await shift(0, 1);
  await healthy(green);
  const first = await fetch(`http://${DNSName}:${Port}/`);
  const Cookie = (first.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const ask = async () => (await fetch(`http://${DNSName}:${Port}/`, { headers: { Cookie } })).text();
  await shift(99, 1);
  for (let index = 0; index < 5; index++) expect(await ask()).toBe('green');
  await shift(1, 0);
  expect(await ask()).toBe('blue');
});

test('health is told with AWS’s reasons, also of targets that are not there', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  const gone = await target('gone');
  await gone.stop();
  targets.splice(targets.indexOf(gone), 1);
  await elb.registerTargets({ TargetGroupArn: group, Targets: [gone.target] });
  await listen(LoadBalancerArn, DNSName, group);
  await until(async () => (await health(group))[0]?.State === 'unhealthy');
  expect(await health(group)).toEqual([
    { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' },
  ]);
  const Targets = [{ Id: '10.0.0.9', Port: 81 }];
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn: group, Targets });
  expect(TargetHealthDescriptions).toEqual([
    {
      Target: { Id: '10.0.0.9', Port: 81 },
      HealthCheckPort: '81',
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ]);
});

test('requests and hosts are counted in CloudWatch', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  await elb.registerTargets({ TargetGroupArn: group, Targets: [(await target('blue')).target] });
  const { Port } = await listen(LoadBalancerArn, DNSName, group);
  await healthy(group);
  for (let index = 0; index < 5; index++) await (await fetch(`http://${DNSName}:${Port}/`)).text();
  const dimension = (arn: string, after: string) => arn.slice(arn.indexOf(after));
  const Dimensions = [
    { Name: 'TargetGroup', Value: dimension(group, 'targetgroup/') },
    { Name: 'LoadBalancer', Value: dimension(LoadBalancerArn, 'app/') },
  ];
  const sum = async (MetricName: string, statistic: 'Sum' | 'Maximum') => {
    const now = aws.kernel.clock.now().getTime();
    const { Datapoints } = await aws.kernel.invoke('cloudwatch', 'GetMetricStatistics', {
      Namespace: 'AWS/ApplicationELB',
      MetricName,
      Dimensions,
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now + 3_600_000),
      Period: 7_200,
      Statistics: [statistic],
    });
    return (Datapoints ?? []).reduce((total, each) => total + (each[statistic] ?? 0), 0);
  };
  await until(async () => (await sum('RequestCount', 'Sum')) >= 5);
  expect(await sum('RequestCount', 'Sum')).toBe(5);
  expect(await sum('HTTPCode_Target_2XX_Count', 'Sum')).toBe(5);
  expect(await sum('RequestCountPerTarget', 'Sum')).toBe(5);
  expect(await sum('HealthyHostCount', 'Maximum')).toBe(1);
  const responseTime = await sum('TargetResponseTime', 'Maximum');
  expect(responseTime).toBeGreaterThan(0);
  expect(responseTime).toBeLessThan(5);
});

test('a port that is taken on this machine is explained', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, DNSName, resolve));
  const bound = squatter.address();
  const Port = typeof bound === 'object' && bound ? bound.port : 0;
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: group }];
  const message = await fault(
    elb.createListener({ LoadBalancerArn, Port, Protocol: 'HTTP', DefaultActions }),
  );
  await new Promise((resolve) => squatter.close(resolve));
  expect(message).toContain(`port ${Port} of ${DNSName}, where load balancer 'shop' should listen, is taken`);
  // Nothing is left of the attempt.
  await elb.createListener({ LoadBalancerArn, Port, Protocol: 'HTTP', DefaultActions });
});

test('a deleted load balancer listens no more; its target groups stay', async () => {
  const { LoadBalancerArn, DNSName } = await createLoadBalancer();
  const group = await createTargetGroup('blue');
  const { Port } = await listen(LoadBalancerArn, DNSName, group);
  const protect = (Value: string) =>
    elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value }],
    });
  await protect('true');
  expect(await fault(elb.deleteLoadBalancer({ LoadBalancerArn }))).toMatch(
    /OperationNotPermitted.*deletion protection is enabled$/,
  );
  await protect('false');
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  expect(await fault(fetch(`http://${DNSName}:${Port}/`))).toMatch(/fetch failed/);
  expect((await elb.describeTargetGroups({})).TargetGroups).toMatchObject([{ LoadBalancerArns: [] }]);
  await elb.deleteTargetGroup({ TargetGroupArn: group });
});

test('tags are added, overwritten and removed', async () => {
  const { LoadBalancerArn } = await createLoadBalancer();
  const ResourceArns = [LoadBalancerArn];
  await elb.addTags({
    ResourceArns,
    Tags: [
      { Key: 'team', Value: 'pika' },
      { Key: 'stage', Value: 'green' },
    ],
  });
  await elb.addTags({ ResourceArns, Tags: [{ Key: 'stage', Value: 'blue' }] });
  await elb.removeTags({ ResourceArns, TagKeys: ['team'] });
  expect((await elb.describeTags({ ResourceArns })).TagDescriptions).toEqual([
    { ResourceArn: LoadBalancerArn, Tags: [{ Key: 'stage', Value: 'blue' }] },
  ]);
});
