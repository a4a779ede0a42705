import { cliffs } from './cliffs.ts';
import { HOURS_A_MONTH } from './context.ts';
import { overlaps } from './overlap.ts';
import { book, estimateOf, priced, stackOf, usageOf } from './test/pricing.ts';

/** Worked by hand: the numbers are AWS's prices in us-east-1, not read from the price book. */
function expectMonthly(estimate: ReturnType<typeof priced>, usd: number): void {
  expect(estimate.unknowns).toEqual([]);
  expect(Math.abs(estimate.total.expected - usd)).toBeLessThan(1e-9);
}

const h = 730;

const task = (cpu: number, memory: number, extra = '') => `
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: { Cpu: '${cpu}', Memory: '${memory}', RequiresCompatibilities: [FARGATE]${extra} }`;
const arm = ', RuntimePlatform: { CpuArchitecture: ARM64 }';
const service = (rest: string) => `
  Service:
    Type: AWS::ECS::Service
    Properties: { TaskDefinition: !Ref Task, ${rest} }`;
const strategy = (...items: string[]) => `CapacityProviderStrategy: [${items.join(', ')}]`;
const spot = strategy('{ CapacityProvider: FARGATE_SPOT, Weight: 1 }');

describe('ECS on Fargate', () => {
  it('x86 on demand: $9.01 for 0.25 vCPU and 0.5 GB', () => {
    const estimate = priced(task(256, 512) + service('DesiredCount: 1, LaunchType: FARGATE'));
    expectMonthly(estimate, 0.25 * 0.04048 * h + 0.5 * 0.004445 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('9.01');
  });

  it('ARM on demand: $7.21', () => {
    const estimate = priced(task(256, 512, arm) + service('DesiredCount: 1, LaunchType: FARGATE'));
    expectMonthly(estimate, 0.25 * 0.03238 * h + 0.5 * 0.00356 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('7.21');
  });

  it('x86 on Spot: $2.87, in a range', () => {
    const estimate = priced(task(256, 512) + service(`DesiredCount: 1, ${spot}`));
    expectMonthly(estimate, 0.25 * 0.01288871 * h + 0.5 * 0.00141527 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('2.87');
    expect(estimate.total.low).toBeLessThan(estimate.total.expected);
    expect(estimate.total.high).toBeGreaterThan(estimate.total.expected);
  });

  it('ARM on Spot: $2.30', () => {
    const estimate = priced(task(256, 512, arm) + service(`DesiredCount: 1, ${spot}`));
    expectMonthly(estimate, 0.25 * 0.01030969 * h + 0.5 * 0.00113349 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('2.30');
  });

  it('a larger task is priced as what it is, in units too', () => {
    const estimate = priced(`
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: { Cpu: '1 vCPU', Memory: '2 GB', EphemeralStorage: { SizeInGiB: 30 } }${service('DesiredCount: 3, LaunchType: FARGATE')}`);
    // 3 tasks of 1 vCPU, 2 GB and 10 GB of storage over the 20 GB that are included
    expectMonthly(estimate, 3 * h * (1 * 0.04048 + 2 * 0.004445 + 10 * 0.000111));
  });

  it('spreads over capacity providers by base, then by weight', () => {
    const providers = strategy(
      '{ CapacityProvider: FARGATE, Base: 1, Weight: 1 }',
      '{ CapacityProvider: FARGATE_SPOT, Weight: 3 }',
    );
    const estimate = priced(task(256, 512) + service(`DesiredCount: 5, ${providers}`));
    // base 1 on demand; of the other 4, one part on demand and three on Spot
    const onDemand = 2 * h * (0.25 * 0.04048 + 0.5 * 0.004445);
    const onSpot = 3 * h * (0.25 * 0.01288871 + 0.5 * 0.00141527);
    expectMonthly(estimate, onDemand + onSpot);
  });

  it('takes the cluster’s default strategy when the service has none', () => {
    const estimate = priced(`${task(256, 512)}
  Cluster: { Type: AWS::ECS::Cluster }
  Providers:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Cluster
      CapacityProviders: [FARGATE_SPOT]
      DefaultCapacityProviderStrategy: [{ CapacityProvider: FARGATE_SPOT, Weight: 1 }]
  Service:
    Type: AWS::ECS::Service
    Properties: { Cluster: !Ref Cluster, TaskDefinition: !Ref Task, DesiredCount: 1 }`);
    expectMonthly(estimate, h * (0.25 * 0.01288871 + 0.5 * 0.00141527));
  });

  it('auto scaling adds the share of the headroom that usage.yml says', () => {
    const scaled = `${task(256, 512)}${service('LaunchType: FARGATE, ServiceName: web')}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      MinCapacity: 1
      MaxCapacity: 5
      ResourceId: !Sub 'service/cluster/\${Service.Name}'
      ScalableDimension: ecs:service:DesiredCount
      ServiceNamespace: ecs`;
    // 1 task and a quarter of the 4 above it: 2 tasks
    expectMonthly(
      priced(scaled, { 'autoscaling.headroom': 0.25 }),
      2 * h * (0.25 * 0.04048 + 0.5 * 0.004445),
    );
  });

  it('a public IPv4 address for each task that has one', () => {
    const network = 'NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: ENABLED } }';
    const estimate = priced(task(256, 512) + service(`DesiredCount: 2, LaunchType: FARGATE, ${network}`));
    expectMonthly(estimate, 2 * h * (0.25 * 0.04048 + 0.5 * 0.004445 + 0.005));
  });

  it('blue beside green: seven x86 tasks, 30 releases of half an hour, $1.30; forgotten, $63.07', () => {
    const estimate = priced(
      task(256, 512) +
        service('DesiredCount: 7, LaunchType: FARGATE, DeploymentController: { Type: CODE_DEPLOY }'),
      { 'release.count': 30, 'release.overlap-hours': 0.5 },
    );
    const hourly = 7 * (0.25 * 0.04048 + 0.5 * 0.004445);
    expectMonthly(estimate, hourly * h + hourly * 30 * 0.5);
    const [overlap] = overlaps(estimate.context, [book]);
    expect(overlap?.hourly.expected.toFixed(4)).toBe('0.0864');
    expect(overlap?.monthly.expected.toFixed(2)).toBe('1.30');
    expect(overlap?.forgotten.expected.toFixed(2)).toBe('63.07');
  });

  it('losing Spot for six ARM services adds $29.48', () => {
    const estimate = priced(task(256, 512, arm) + service(`DesiredCount: 6, ${spot}`));
    const lost = cliffs(estimate, [book]).find(({ what }) => what.startsWith('Spot is lost'));
    expect(lost?.monthly.expected.toFixed(2)).toBe('29.48');
  });
});

describe('RDS', () => {
  const db = (size: string, rest = '') => `
  Db:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: postgres, EngineVersion: '14.22', DBInstanceClass: ${size}, AllocatedStorage: '20', StorageType: gp3${rest} }`;
  const refused = ', EngineLifecycleSupport: open-source-rds-extended-support-disabled';

  it('db.t3.micro with 20 GB of gp3', () => {
    expectMonthly(priced(db('db.t3.micro')), 0.018 * h + 20 * 0.115);
  });
  it('db.t4g.micro, its managed secret, and enhanced monitoring beyond free logs', () => {
    const rest = ', ManageMasterUserPassword: true, MonitoringInterval: 60';
    const estimate = priced(db('db.t4g.micro', rest), { 'rds.enhanced-monitoring-gb': 6 });
    // 6 GB of logs, 5 GB of them free
    expectMonthly(estimate, 0.016 * h + 20 * 0.115 + 0.4 + (6 - 5) * 0.5);
  });
  it('Multi-AZ costs twice: the standby and its storage', () => {
    expectMonthly(priced(db('db.t4g.micro', ', MultiAZ: true')), 0.032 * h + 20 * 0.23);
  });
  it('a read replica takes engine and storage from its source', () => {
    const replica = `
  Replica:
    Type: AWS::RDS::DBInstance
    Properties: { SourceDBInstanceIdentifier: !Ref Db, DBInstanceClass: db.t3.micro }`;
    expectMonthly(priced(db('db.t3.micro') + replica), 2 * (0.018 * h + 20 * 0.115));
  });
  it('backups beyond the free space', () => {
    expectMonthly(priced(db('db.t3.micro'), { 'rds.backup-gb': 10 }), 0.018 * h + 20 * 0.115 + 10 * 0.095);
  });
  it('a proxy before a database of two vCPU', () => {
    const proxy = `
  Proxy: { Type: AWS::RDS::DBProxy, Properties: { DBProxyName: p } }
  Targets:
    Type: AWS::RDS::DBProxyTargetGroup
    Properties: { DBProxyName: !Ref Proxy, DBInstanceIdentifiers: [!Ref Db] }`;
    expectMonthly(priced(db('db.t3.micro') + proxy), 0.018 * h + 20 * 0.115 + 2 * 0.015 * h);
  });
  it('PostgreSQL 14: a cliff of $146 on 2027-03-01, in the total from then on, nowhere when refused', () => {
    const cliff = (rest: string) => cliffs(priced(db('db.t3.micro', rest)), [book]).find(({ date }) => date);
    expect(cliff('')).toMatchObject({ date: '2027-03-01' });
    expect(cliff('')?.monthly.expected).toBeCloseTo(2 * 0.1 * h, 9);
    expect(cliff('')?.monthly.expected.toFixed(2)).toBe('146.00');
    expect(cliff(refused)).toMatchObject({ date: '2027-03-01', monthly: { low: 0, expected: 0, high: 0 } });
    const later = new Date('2027-03-01T00:00:00Z');
    const withSupport = (rest: string) =>
      estimateOf([stackOf(`Resources:\n${db('db.t3.micro', rest)}`)], usageOf({}), later);
    expectMonthly(withSupport(''), 0.018 * h + 20 * 0.115 + 2 * 0.1 * h);
    expectMonthly(withSupport(refused), 0.018 * h + 20 * 0.115);
    const dayBefore = estimateOf(
      [stackOf(`Resources:\n${db('db.t3.micro')}`)],
      usageOf({}),
      new Date('2027-02-28T23:59:59Z'),
    );
    expectMonthly(dayBefore, 0.018 * h + 20 * 0.115);
  });
});

describe('ElastiCache', () => {
  const group = (engine: string, type: string, rest: string) => `
  Cache:
    Type: AWS::ElastiCache::ReplicationGroup
    Properties: { ReplicationGroupDescription: c, Engine: ${engine}, CacheNodeType: ${type}, ${rest} }`;

  it.each([
    ['redis', 'cache.t3.micro', 0.017],
    ['valkey', 'cache.t4g.micro', 0.0128],
    ['redis', 'cache.t4g.micro', 0.016],
    ['valkey', 'cache.t3.micro', 0.0136],
    ['redis', 'cache.m6g.large', 0.149],
  ])('one node of %s on %s', (engine, type, hourly) => {
    expectMonthly(priced(group(engine, type, 'NumCacheClusters: 1')), hourly * h);
  });
  it('shards with replicas', () => {
    const nodes = 'NumNodeGroups: 2, ReplicasPerNodeGroup: 1';
    expectMonthly(priced(group('valkey', 'cache.t4g.micro', nodes)), 2 * (1 + 1) * 0.0128 * h);
  });
  it('a cache cluster, and snapshots after the first', () => {
    const cluster = `
  Cache:
    Type: AWS::ElastiCache::CacheCluster
    Properties: { Engine: redis, CacheNodeType: cache.t3.micro, NumCacheNodes: 1, SnapshotRetentionLimit: 3 }`;
    expectMonthly(priced(cluster, { 'cache.backup-gb': 2 }), 0.017 * h + 2 * 0.085);
  });
});

describe('the network', () => {
  const subnets = `
  A: { Type: AWS::EC2::Subnet, Properties: { MapPublicIpOnLaunch: true } }
  B: { Type: AWS::EC2::Subnet, Properties: { MapPublicIpOnLaunch: true } }`;
  const balancer = (rest: string) => `
  Alb:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: { Type: application, Subnets: [!Ref A, !Ref B], ${rest} }`;

  it('an internal load balancer: $17.01', () => {
    const estimate = priced(subnets + balancer('Scheme: internal'), { 'alb.lcu': 0.1 });
    expectMonthly(estimate, 0.0225 * h + 0.1 * 0.008 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('17.01');
  });
  it('an internet-facing one with an address in two subnets: $24.31', () => {
    const estimate = priced(subnets + balancer('Scheme: internet-facing'), { 'alb.lcu': 0.1 });
    expectMonthly(estimate, 0.0225 * h + 0.1 * 0.008 * h + 2 * 0.005 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('24.31');
  });
  it('a NAT gateway with its address: $36.50, and its traffic', () => {
    const nat = `
  Ip: { Type: AWS::EC2::EIP, Properties: { Domain: vpc } }
  Nat: { Type: AWS::EC2::NatGateway, Properties: { AllocationId: !GetAtt Ip.AllocationId } }`;
    expect(priced(nat).total.expected.toFixed(2)).toBe('36.50');
    expectMonthly(priced(nat, { 'nat.gb': 20 }), 0.045 * h + 0.005 * h + 20 * 0.045);
  });
  it('a NAT instance of an auto scaling group, with volume and address: $7.36', () => {
    const nat = `${subnets}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: { InstanceType: t4g.nano, NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }] }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '1'
      MaxSize: '1'
      VPCZoneIdentifier: [!Ref A]
      LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber }`;
    const estimate = priced(nat, { 'ec2.root-volume-gb': 8 });
    expectMonthly(estimate, 0.0042 * h + 8 * 0.08 + 0.005 * h);
    expect(estimate.total.expected.toFixed(2)).toBe('7.36');
  });
  it('an instance by itself, with the address of its subnet, or an Elastic IP in its place', () => {
    const instance = `${subnets}
  Nat:
    Type: AWS::EC2::Instance
    Properties:
      InstanceType: t4g.nano
      SubnetId: !Ref A
      BlockDeviceMappings: [{ DeviceName: /dev/xvda, Ebs: { VolumeSize: 10, VolumeType: gp3 } }]`;
    const address = `
  Ip: { Type: AWS::EC2::EIP, Properties: { InstanceId: !Ref Nat } }`;
    expectMonthly(priced(instance), 0.0042 * h + 10 * 0.08 + 0.005 * h);
    expectMonthly(priced(instance + address), 0.0042 * h + 10 * 0.08 + 0.005 * h);
  });
  it('gateway endpoints free, interface endpoints by zone', () => {
    const endpoints = `${subnets}
  S3: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Gateway } }
  Ecr: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, SubnetIds: [!Ref A, !Ref B] } }`;
    expectMonthly(priced(endpoints, { 'vpc-endpoint.gb': 4 }), 2 * 0.01 * h + 4 * 0.01);
  });
  it('data transfer: 100 GB to the internet are free, zones never; flow logs to S3', () => {
    const vpc = `
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Log: { Type: AWS::EC2::FlowLog, Properties: { LogDestinationType: s3 } }`;
    const used = { 'transfer.internet-gb': 120, 'transfer.inter-az-gb': 30, 'flow-logs.gb': 2 };
    expectMonthly(priced(vpc, used), (120 - 100) * 0.09 + 30 * 0.01 + 2 * 0.25);
  });
  it('a volume', () => {
    expectMonthly(
      priced('  V: { Type: AWS::EC2::Volume, Properties: { Size: 50, VolumeType: gp3 } }'),
      50 * 0.08,
    );
  });
});

describe('the edge', () => {
  const rules = (count: number, extra = '') =>
    `
  Acl:
    Type: AWS::WAFv2::WebACL
    Properties:
      Scope: CLOUDFRONT
      Rules: [${Array.from({ length: count }, (_, index) => `{ Name: r${index} }`).join(', ')}${extra}]`;
  const bot = (level: string) =>
    `, { Name: bot, Statement: { ManagedRuleGroupStatement: { VendorName: AWS, Name: AWSManagedRulesBotControlRuleSet, ManagedRuleGroupConfigs: [{ AWSManagedRulesBotControlRuleSet: { InspectionLevel: ${level} } }] } } }`;

  it('a web ACL with five rules and a million requests', () => {
    expectMonthly(priced(rules(5), { 'waf.requests-millions': 1 }), 5 + 5 * 1 + 1 * 0.6);
  });
  it('Bot Control adds $11 (its rule and its fee), and requests beyond those included', () => {
    const without = priced(rules(4), { 'waf.requests-millions': 1 }).total.expected;
    const within = priced(rules(4, bot('COMMON')), { 'waf.requests-millions': 1 });
    expect(within.total.expected - without).toBeCloseTo(11, 9);
    const common = priced(rules(4, bot('COMMON')), { 'waf.requests-millions': 12 });
    expectMonthly(common, 5 + 5 * 1 + 12 * 0.6 + 10 + (12 - 10) * 1);
    const targeted = priced(rules(4, bot('TARGETED')), { 'waf.requests-millions': 12 });
    expectMonthly(targeted, 5 + 5 * 1 + 12 * 0.6 + 10 + (12 - 1) * 10);
  });
  it('CloudFront within and beyond the free tier', () => {
    const cdn = '  Cdn: { Type: AWS::CloudFront::Distribution }';
    expectMonthly(priced(cdn, { 'cloudfront.gb': 1024, 'cloudfront.requests-millions': 10 }), 0);
    const used = { 'cloudfront.gb': 1124, 'cloudfront.requests-millions': 11 };
    // 100 GB and a million requests beyond the free tier
    expectMonthly(priced(cdn, used), 100 * 0.085 + (1_000_000 / 10_000) * 0.01);
  });
  it('a hosted zone, its queries, and private zones of Cloud Map', () => {
    const zones = `
  Zone: { Type: AWS::Route53::HostedZone, Properties: { Name: pika.example } }
  Internal: { Type: AWS::ServiceDiscovery::PrivateDnsNamespace, Properties: { Name: internal } }`;
    expectMonthly(priced(zones, { 'route53.queries-millions': 1 }), 2 * 0.5 + 1 * 0.4);
  });
});

describe('storage, secrets and the account', () => {
  it('S3 with requests and replication', () => {
    const bucket = `
  Uploads:
    Type: AWS::S3::Bucket
    Properties: { ReplicationConfiguration: { Rules: [{ Status: Enabled }] } }`;
    const used = {
      's3.gb': 10,
      's3.puts-thousands': 20,
      's3.gets-thousands': 100,
      's3.replicated-gb': 3,
      's3.replica-gb': 5,
    };
    const original = 10 * 0.023 + 20 * 0.005 + 100 * 0.0004 + 3 * 0.02;
    expectMonthly(priced(bucket, used), original + 5 * 0.023);
    const infrequent = bucket.replace('Enabled }', 'Enabled, Destination: { StorageClass: STANDARD_IA } }');
    expectMonthly(priced(infrequent, used), original + 5 * 0.0125);
  });
  it('secrets: five cost $2, and their requests', () => {
    const secrets = [1, 2, 3, 4, 5].map((n) => `  S${n}: { Type: AWS::SecretsManager::Secret }`).join('\n');
    expectMonthly(priced(secrets, { 'secrets.requests-10k': 2 }), 5 * 0.4 + 2 * 0.05);
  });
  it('ECR, AWS Config, GuardDuty, a KMS key', () => {
    const account = `
  Images: { Type: AWS::ECR::Repository }
  Recorder: { Type: AWS::Config::ConfigurationRecorder }
  Rule: { Type: AWS::Config::ConfigRule }
  Detector: { Type: AWS::GuardDuty::Detector, Properties: { Enable: true } }
  Key: { Type: AWS::KMS::Key }`;
    const used = {
      'ecr.gb': 3,
      'config.items': 300,
      'config.evaluations': 500,
      'guardduty.events-millions': 0.5,
      'guardduty.flow-gb': 1,
    };
    expectMonthly(priced(account, used), 3 * 0.1 + 300 * 0.003 + 500 * 0.001 + 0.5 * 4 + 1 * 1 + 1);
  });
  it('OpenSearch of the 500-user tier', () => {
    const domain = `
  Search:
    Type: AWS::OpenSearchService::Domain
    Properties:
      ClusterConfig: { InstanceType: t3.small.search, InstanceCount: 1 }
      EBSOptions: { EBSEnabled: true, VolumeSize: 20, VolumeType: gp3 }`;
    expectMonthly(priced(domain), 0.036 * h + 20 * 0.122);
  });
  it('functions, topics and state machines within what is always free', () => {
    const functions = `
  Function: { Type: AWS::Lambda::Function }
  Topic: { Type: AWS::SNS::Topic }
  Machine: { Type: AWS::StepFunctions::StateMachine }`;
    const used = {
      'lambda.requests-millions': 1.5,
      'lambda.gb-seconds': 500_000,
      'step-functions.transitions-thousands': 6,
      'sns.emails-100k': 0.01,
    };
    expectMonthly(priced(functions, used), 0.5 * 0.2 + 100_000 * 0.0000166667 + 2 * 0.025);
  });
});

describe('CloudWatch, with a free tier that the account has once', () => {
  const dashboards = (count: number) =>
    Array.from({ length: count }, (_, n) => `  D${n}: { Type: AWS::CloudWatch::Dashboard }`).join('\n');
  const alarms = (count: number) =>
    Array.from(
      { length: count },
      (_, n) => `  A${n}: { Type: AWS::CloudWatch::Alarm, Properties: { Period: 60 } }`,
    ).join('\n');

  it('the fourth dashboard and forty alarms: $6', () => {
    expectMonthly(priced(`${dashboards(4)}\n${alarms(40)}`), (4 - 3) * 3 + (40 - 10) * 0.1);
  });
  it('two environments share one free tier', () => {
    const both = ['staging', 'production'].map((name) =>
      stackOf(`Resources:\n${dashboards(3)}\n  Logs: { Type: AWS::Logs::LogGroup }`, {
        name: `app-${name}`,
        id: `app-${name}`,
      }),
    );
    const estimate = estimateOf(both, usageOf({ 'logs.gb': 4, 'logs.stored-gb': 1 }));
    // 6 dashboards, 3 free; 2 × 4 GB of logs, 5 free; what is kept is never free
    expectMonthly(estimate, (6 - 3) * 3 + (8 - 5) * 0.5 + 2 * 1 * 0.03);
  });
  it('a math alarm by its metrics, a fast one, a composite one, metric filters', () => {
    const kinds = `${alarms(10)}
  Math:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - { Id: e, Expression: a / b }
        - { Id: a, MetricStat: { Period: 60 } }
        - { Id: b, MetricStat: { Period: 60 } }
  Fast: { Type: AWS::CloudWatch::Alarm, Properties: { Period: 10 } }
  All: { Type: AWS::CloudWatch::CompositeAlarm }
  Filter: { Type: AWS::Logs::MetricFilter, Properties: { MetricTransformations: [{ MetricName: m }] } }`;
    // 10 alarms are free; 2 metrics of a math alarm; 1 fast; 1 composite; 12 custom metrics, 10 free
    expectMonthly(priced(kinds, { 'metrics.custom': 11 }), 2 * 0.1 + 0.3 + 0.5 + (12 - 10) * 0.3);
  });
});

describe('an environment that sleeps', () => {
  const staging = { name: 'pika-staging-data', id: 'pika-staging-data' };
  const stopped = `
  Db:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: postgres, DBInstanceClass: db.t4g.micro, AllocatedStorage: 20, StorageType: gp3 }`;

  it('pays for the hours awake, and for storage always', () => {
    expectMonthly(priced(stopped, {}, staging, 60), 0.016 * 60 + 20 * 0.115);
  });
  it('what is deleted while it sleeps costs nothing then', () => {
    const cache = `
  Cache:
    Type: AWS::ElastiCache::CacheCluster
    Properties: { Engine: valkey, CacheNodeType: cache.t4g.micro, NumCacheNodes: 1 }`;
    const asleep = { ...staging, tags: { sleeps: 'true' } };
    expectMonthly(priced(cache, {}, asleep, 60), 0.0128 * 60);
    expectMonthly(priced(cache, {}, staging, 60), 0.0128 * HOURS_A_MONTH);
  });
  it('a database that starts itself again is a cliff', () => {
    const found = cliffs(priced(stopped, {}, staging, 60), [book]).find(({ what }) =>
      what.includes('7 days'),
    );
    expect(found?.monthly.expected).toBeCloseTo(0.016 * (h - 60), 9);
  });
});
