import type { Manifest } from '../../manifest/index.ts';
import type { EnvironmentConfig } from '../config/schema.ts';
import { HOURS, UNIT } from './unit-prices.ts';

/** One line of an estimate. `amount` is USD a month, `arithmetic` how it came about. */
export interface CostLine {
  service: string;
  configuration: string;
  arithmetic: string;
  amount: number;
}

/** What traffic and use add to what is merely there. */
export interface Usage {
  /** Hours a month that the environment is awake. */
  hours: number;
  /** Load balancer capacity units on average. */
  capacityUnits: number;
  millionRequests: number;
  storedGb: number;
  replicatedGb: number;
  imageGb: number;
  zoneTransferGb: number;
  configItems: number;
  configEvaluations: number;
}

/** The plan's scale: 50 users, 10 GB stored, a million requests. */
export const PRODUCTION_USAGE: Usage = {
  hours: HOURS,
  capacityUnits: 0.1,
  millionRequests: 1,
  storedGb: 10,
  replicatedGb: 4,
  imageGb: 2,
  zoneTransferGb: 5,
  configItems: 150,
  configEvaluations: 400,
};

/** Awake 60 hours a month, for releases; the account's own lines are production's. */
export const STAGING_USAGE: Usage = {
  hours: 60,
  capacityUnits: 0.05,
  millionRequests: 0.05,
  storedGb: 1,
  replicatedGb: 0,
  imageGb: 0,
  zoneTransferGb: 0.5,
  configItems: 100,
  configEvaluations: 100,
};

const NOTHING: Omit<Usage, 'hours'> = {
  capacityUnits: 0,
  millionRequests: 0,
  storedGb: 0,
  replicatedGb: 0,
  imageGb: 0,
  zoneTransferGb: 0,
  configItems: 0,
  configEvaluations: 0,
};

/** Alarm metrics of an environment: 2 a service, errors (2, the gateway 4), database 3, cache 2, objectives 2 and 4. */
function alarmMetrics(manifest: Manifest): number {
  const services = Object.values(manifest.services);
  const errors = services.reduce((sum, service) => sum + (service.public ? 4 : 2), 0);
  return services.length * 2 + errors + 3 + 2 + 2 + 4;
}

/**
 * What one environment costs a month, line by line. `account`: with what there is once in the account, whose
 * free tiers this environment then uses up.
 */
export function estimate(
  manifest: Manifest,
  config: EnvironmentConfig,
  usage: Usage,
  account: boolean,
): CostLine[] {
  return [
    ...tasks(manifest, config, usage),
    ...data(config, usage),
    ...network(config, usage),
    ...edge(config, usage, account),
    ...watching(manifest, config, usage, account),
  ];
}

/** What cannot be avoided by having no users: the floor below which a budget makes no sense. */
export function fixedMonthlyCost(manifest: Manifest, config: EnvironmentConfig): number {
  const usage = { ...NOTHING, hours: config.sleeps ? 0 : HOURS };
  return total(estimate(manifest, config, usage, !config.sleeps));
}

export function total(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

function line(service: string, configuration: string, factors: readonly (readonly number[])[]): CostLine {
  return {
    service,
    configuration,
    arithmetic: factors.map((product) => product.join(' × ')).join(' + '),
    amount: factors.reduce((sum, product) => sum + product.reduce((left, right) => left * right, 1), 0),
  };
}

function tasks(manifest: Manifest, { parts }: EnvironmentConfig, { hours }: Usage): CostLine[] {
  const { platform } = manifest;
  return (['on-demand', 'spot'] as const).map((capacity) => {
    const services = Object.values(manifest.services).filter((service) => service.capacity === capacity);
    const cpu = Math.max(256, parts.taskSize?.cpu ?? 0) / 1024;
    const gb = Math.max(512, parts.taskSize?.memory ?? 0) / 1024;
    const count = services.length * parts.tasks.min;
    const vcpu = capacity === 'spot' ? UNIT.spotVcpuHour[platform] : UNIT.fargateVcpuHour[platform];
    const memory = capacity === 'spot' ? UNIT.spotGbHour[platform] : UNIT.fargateGbHour[platform];
    return line(`ECS Fargate, ${capacity}`, `${count} × ${cpu} vCPU, ${gb} GB, ${platform}`, [
      [count, cpu, vcpu, hours],
      [count, gb, memory, hours],
    ]);
  });
}

function data(
  { parts, database, cache }: EnvironmentConfig,
  { hours, storedGb, replicatedGb }: Usage,
): CostLine[] {
  const databaseHour = priceOf(UNIT.databaseHour, parts.databaseClass);
  const copies = (parts.multiAz ? 2 : 1) + (parts.readReplica ? 1 : 0);
  const cacheHour = priceOf(UNIT.cacheHour[cache.engine], parts.cacheNode);
  return [
    line('RDS PostgreSQL', `${parts.databaseClass}, ${database.storage} GB gp3, ${copies} instance(s)`, [
      [copies, databaseHour, hours],
      // Storage is paid for while the instance is stopped, too.
      [copies, UNIT.databaseGbMonth, database.storage],
    ]),
    line('ElastiCache', `${parts.cacheNodes} × ${parts.cacheNode}, ${cache.engine}`, [
      [parts.cacheNodes, cacheHour, hours],
    ]),
    ...(parts.databaseProxy ? [line('RDS Proxy', '2 vCPU', [[2, UNIT.proxyVcpuHour, hours]])] : []),
    ...(parts.search
      ? [
          line('OpenSearch', 't3.small.search, 20 GB', [
            [UNIT.searchHour, hours],
            [20, 0.122],
          ]),
        ]
      : []),
    line('S3', `${storedGb} GB, ${replicatedGb} GB in the second region`, [
      [storedGb, UNIT.objectGbMonth],
      [replicatedGb, UNIT.infrequentGbMonth],
    ]),
  ];
}

/** A class that has no price must not count as free. @throws RangeError naming it. */
function priceOf(prices: Readonly<Record<string, number>>, name: string): number {
  const price = prices[name];
  if (price === undefined) {
    throw new RangeError(`no price known for ${name}; known: ${Object.keys(prices).join(', ')}`);
  }
  return price;
}

function network({ network: { egress }, ingress }: EnvironmentConfig, usage: Usage): CostLine[] {
  const { hours, capacityUnits, zoneTransferGb } = usage;
  const isPublic = ingress.loadBalancer === 'internet-facing';
  const gateways = egress === 'nat-gateway-per-zone' ? 2 : 1;
  return [
    line(
      'ALB',
      isPublic ? 'one internal, one internet-facing with two addresses' : 'internal, no public address',
      [
        [isPublic ? 2 : 1, UNIT.loadBalancerHour, hours],
        [capacityUnits, UNIT.capacityUnitHour, hours],
        ...(isPublic ? [[2, UNIT.publicAddressHour, hours]] : []),
      ],
    ),
    egress === 'nat-instance'
      ? line('NAT instance', 't4g.nano, 8 GB, one address', [
          [UNIT.natInstanceHour, hours],
          [UNIT.publicAddressHour, hours],
          [8, UNIT.diskGbMonth, hours / HOURS],
        ])
      : line('NAT gateway', `${gateways}, one address each`, [
          [gateways, UNIT.natGatewayHour, hours],
          [gateways, UNIT.publicAddressHour, hours],
        ]),
    line('Transfer between zones', `${zoneTransferGb} GB, both ways`, [
      [zoneTransferGb, 2, UNIT.transferZoneGb],
    ]),
  ];
}

function edge({ waf }: EnvironmentConfig, { hours, millionRequests }: Usage, account: boolean): CostLine[] {
  const share = hours / HOURS;
  const rules = 4 + (waf.countries.length > 0 ? 1 : 0);
  return [
    line('CloudFront', 'free: 1 TB and 10 million requests a month', [[0]]),
    line('WAF', `one ACL, ${rules} rules${waf.botControl === 'managed' ? ', Bot Control' : ''}`, [
      [UNIT.wafAclMonth, share],
      [rules, UNIT.wafRuleMonth, share],
      [millionRequests, UNIT.wafMillionRequests],
      ...(waf.botControl === 'managed' ? [[UNIT.botControlMonth, share]] : []),
    ]),
    ...(account
      ? [
          line('Route 53', 'one hosted zone', [
            [UNIT.hostedZoneMonth],
            [millionRequests, UNIT.millionQueries],
          ]),
        ]
      : []),
  ];
}

function watching(manifest: Manifest, config: EnvironmentConfig, usage: Usage, account: boolean): CostLine[] {
  const { hours, imageGb, configItems, configEvaluations } = usage;
  const share = hours / HOURS;
  const paidAlarms = alarmMetrics(manifest) + (account ? 1 - UNIT.freeAlarms : 0);
  const dashboards = config.monitoring.dashboards ? 4 - (account ? UNIT.freeDashboards : 0) : 0;
  return [
    line(
      'CloudWatch',
      `${alarmMetrics(manifest)} alarm metrics, ${config.monitoring.dashboards ? 4 : 0} dashboards, logs within 5 GB`,
      [
        [paidAlarms, UNIT.alarmMetricMonth, share],
        [dashboards, UNIT.dashboardMonth],
      ],
    ),
    line('Secrets Manager', 'database master, token key', [[2, UNIT.secretMonth]]),
    ...(account ? [line('ECR', `${imageGb} GB`, [[imageGb, UNIT.imageGbMonth]])] : []),
    line('AWS Config', `${configItems} changes, ${configEvaluations} evaluations`, [
      [configItems, UNIT.configItem],
      [configEvaluations, UNIT.configEvaluation],
    ]),
  ];
}
