import { z } from 'zod';

const cidr = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 block such as 10.0.1.0/24');
const pair = z.tuple([cidr, cidr]);
const service = z.string().min(1);
const cron = z
  .string()
  .regex(/^cron\(.+\)$/, 'must be an EventBridge expression such as cron(0 7 ? * MON-FRI *)');

/** What a milestone of the plan's scaling path consists of. */
export const partsSchema = z.strictObject({
  tasks: z
    .strictObject({ min: z.int().min(1), max: z.int().min(1) })
    .describe('Bounds of auto scaling, each service.'),
  taskSize: z
    .strictObject({ cpu: z.int(), memory: z.int() })
    .optional()
    .describe('Instead of the manifest’s sizes.'),
  databaseClass: z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, 'must be an RDS class such as db.t4g.micro'),
  multiAz: z.boolean().describe('A standby database in the second availability zone.'),
  readReplica: z.boolean(),
  databaseProxy: z.boolean().describe('RDS Proxy in front of the database.'),
  cacheNode: z
    .string()
    .regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, 'must be an ElastiCache class such as cache.t4g.micro'),
  cacheNodes: z.int().min(1).max(6),
  search: z.boolean().describe('An OpenSearch domain for the search service.'),
  worldwideCdn: z.boolean().describe('All CloudFront locations, and an origin shield.'),
});

/** One environment on top of `pika.yml`. Every key says what it decides; what it costs is in docs/costs.md. */
export const environmentSchema = z.strictObject({
  tier: z
    .union(
      [z.literal(50), z.literal(100), z.literal(250), z.literal(500), z.literal(1000)],
      'allowed: 50, 100, 250, 500, 1000',
    )
    .describe('Milestone of the scaling path, in concurrent users.'),
  parts: partsSchema.partial().default({}).describe('Parts that differ from the tier’s, never below it.'),
  bootstrapQualifier: z
    .string()
    .regex(/^[a-z0-9]{1,10}$/, 'must be 1 to 10 lower-case letters and digits')
    .describe(
      'Qualifier of this environment’s own CDK bootstrap: whoever may deploy it can deploy no other.',
    ),
  sleeps: z.boolean().describe('Woken for a release and put to sleep after it.'),
  domain: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain name'),
  network: z.strictObject({
    vpc: cidr,
    availabilityZones: z.tuple([z.string(), z.string()]),
    subnets: z.strictObject({ public: pair, private: pair, database: pair }),
    egress: z
      .enum(['nat-instance', 'nat-gateway', 'nat-gateway-per-zone'])
      .describe('How tasks reach the internet.'),
    natImage: z
      .string()
      .regex(/^ami-[0-9a-f]{8,17}$/, 'must be an AMI id')
      .describe('Pinned arm64 Amazon Linux 2023 image of the NAT instance, of this region.'),
  }),
  ingress: z.strictObject({
    loadBalancer: z
      .enum(['internal', 'internet-facing'])
      .describe('internal: only behind CloudFront’s VPC origin.'),
    cloudFrontPrefixList: z
      .string()
      .regex(/^pl-[0-9a-f]{8,17}$/, 'must be a managed prefix list id')
      .describe('com.amazonaws.global.cloudfront.origin-facing of the region; used when internet-facing.'),
    tls: z
      .boolean()
      .describe('TLS between CloudFront and the gateway’s listeners too (internet-facing: always).'),
  }),
  database: z.strictObject({
    version: z.enum(['14.20', '14.21', '14.22']).describe('PostgreSQL 14.x.'),
    storage: z.int().min(20).max(1000).describe('GB of gp3.'),
    backupDays: z.int().min(1).max(35),
    extendedSupport: z
      .boolean()
      .describe('Accept paid Extended Support after 2027-02-28: about $146 a month.'),
  }),
  cache: z.strictObject({
    engine: z.enum(['valkey', 'redis']).describe('valkey speaks Redis’ protocol for 20% less.'),
    version: z.enum(['7.0', '7.1', '7.2']),
    snapshotDays: z.int().min(0).max(35),
  }),
  disasterRecovery: z.strictObject({ region: z.string(), replicate: z.boolean() }),
  cdn: z.strictObject({
    apiCaching: z
      .array(z.strictObject({ path: z.string().startsWith('/api/'), seconds: z.int().min(1).max(86_400) }))
      .describe('Answers that are the same for everybody, and for how long. All others are never cached.'),
  }),
  waf: z.strictObject({
    requestsPerFiveMinutes: z.int().min(100).max(2_000_000_000),
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 country code'))
      .describe('Empty: all.'),
    botControl: z.enum(['basic', 'managed']).describe('managed: AWS’s paid Bot Control group, $10 a month.'),
  }),
  deployment: z.strictObject({
    config: z.enum([
      'CodeDeployDefault.ECSAllAtOnce',
      'CodeDeployDefault.ECSCanary10Percent5Minutes',
      'CodeDeployDefault.ECSCanary10Percent15Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
    ]),
    readyMinutes: z
      .int()
      .min(1)
      .max(7200)
      .describe('How long green waits for the smoke tests and for a person.'),
    bakeMinutes: z.int().min(0).max(2880).describe('How long blue is kept after the shift.'),
  }),
  scaling: z.strictObject({
    cpuPercent: z.int().min(10).max(90),
    requestsPerTask: z.int().min(1).describe('Requests a minute that one task is meant to serve.'),
    schedules: z.array(z.strictObject({ name: z.string(), cron, min: z.int().min(0), max: z.int().min(1) })),
  }),
  services: z.strictObject({
    firebase: z.array(service).describe('Services that use the Firebase Admin SDK.'),
    uploads: z.array(service).describe('Services with a prefix of their own in the uploads bucket.'),
    tokens: z.array(service).describe('Services that sign or verify tokens.'),
    fullTextSearch: z.array(service).describe('Services that query OpenSearch, where the tier has it.'),
    businessMetrics: z.record(
      service,
      z.strictObject({
        name: z.string(),
        message: z.string().describe('`message` of the structured log line.'),
      }),
    ),
  }),
  monitoring: z.strictObject({
    dashboards: z.boolean(),
    performanceInsightsDays: z.literal(7),
    enhancedMonitoringSeconds: z.union([
      z.literal(0),
      z.literal(1),
      z.literal(5),
      z.literal(10),
      z.literal(15),
      z.literal(30),
      z.literal(60),
    ]),
    logDays: z.union([z.literal(7), z.literal(14), z.literal(30)]),
    errorLogDays: z.union([z.literal(30), z.literal(90)]),
    percent: z.strictObject({
      cpu: z.number(),
      memory: z.number(),
      errors: z.number(),
      connections: z.number(),
    }),
    slo: z.strictObject({
      p95Milliseconds: z.number().positive(),
      availabilityPercent: z.number().min(90).max(99.999),
    }),
  }),
});

/** What there is once in the AWS account, whatever the environments. */
export const accountSchema = z.strictObject({
  bootstrapQualifier: environmentSchema.shape.bootstrapQualifier,
  hostedZone: z.string().min(3).describe('Domain of the one public hosted zone.'),
  alertEmail: z.email().describe('Who is told of spending and of alarms.'),
  github: z.strictObject({
    owner: z.string().min(1),
    ownerId: z.string().regex(/^\d+$/, 'must be the owner’s numeric id'),
    repository: z.string().min(1),
    repositoryId: z.string().regex(/^\d+$/, 'must be the repository’s numeric id'),
  }),
  spend: z.strictObject({ dailyAlarm: z.number().positive(), monthlyAlarm: z.number().positive() }),
  guardDuty: z.boolean().describe('About $3 a month.'),
});

export type EnvironmentInput = z.input<typeof environmentSchema>;
export type EnvironmentConfig = Omit<z.output<typeof environmentSchema>, 'parts'> & { parts: Parts };
export type AccountInput = z.input<typeof accountSchema>;
export type AccountConfig = z.output<typeof accountSchema>;
export type Parts = z.output<typeof partsSchema>;
export type Tier = EnvironmentConfig['tier'];
