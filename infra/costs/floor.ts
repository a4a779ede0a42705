import type { Manifest } from '../../manifest/index.ts';
import type { EnvironmentConfig } from '../config/schema.ts';
import { HOURS, unitPrice } from './unit-prices.ts';

/** So much of what the price book has under a key, a month. */
interface Need {
  price: string;
  quantity: number;
}

type Environments = ReadonlyMap<string, EnvironmentConfig>;

/**
 * What the configuration costs a month without a single user and without staging ever awake: the floor below which a
 * budget makes no sense. It is known before synth; the budget gate reckons the same from the templates.
 * @returns USD by key of the price book.
 */
export function fixedCosts(manifest: Manifest, environments: Environments): Map<string, number> {
  const needs = [
    ...account(),
    ...[...environments.values()].flatMap((config) => [
      ...kept(config),
      ...(config.sleeps ? [] : awake(manifest, config)),
    ]),
  ];
  const byPrice = Map.groupBy(needs, ({ price }) => price);
  return new Map([...byPrice].map(([price, of]) => [price, costOf(price, of)]));
}

/** Sum of `fixedCosts`, USD a month. */
export function fixedMonthlyCost(manifest: Manifest, environments: Environments): number {
  return [...fixedCosts(manifest, environments).values()].reduce((sum, usd) => sum + usd, 0);
}

/** The free tier is the account's: all environments share one. */
function costOf(price: string, needs: readonly Need[]): number {
  const { usd, free } = unitPrice(price);
  const quantity = needs.reduce((sum, need) => sum + need.quantity, 0);
  return Math.max(0, quantity - free) * usd;
}

function need(price: string, quantity: number): Need {
  return { price, quantity };
}

/** The hosted zone, and the alarm on the month's spending. */
function account(): Need[] {
  return [need('r53.zone_mo', 1), need('cw.alarm_std_mo', 1)];
}

/** What stays when an environment sleeps: it is in the stack of the data. */
function kept({ parts, database }: EnvironmentConfig): Need[] {
  const zones = parts.multiAz ? 'multi-az.' : '';
  return [
    need(`rds.${zones}gp3_gb_mo`, database.storage),
    ...(parts.readReplica ? [need('rds.gp3_gb_mo', database.storage)] : []),
    // The database's master password, and the key that tokens are signed with.
    need('secrets_mo', 2),
    ...(parts.databaseProxy ? [need('rds.proxy_vcpu_h', 2 * HOURS)] : []),
    ...(parts.search ? [need('opensearch.t3.small.search_h', HOURS), need('opensearch.gp3_gb_mo', 20)] : []),
  ];
}

function awake(manifest: Manifest, config: EnvironmentConfig): Need[] {
  return [
    ...tasks(manifest, config),
    ...instances(config),
    ...network(config),
    ...webAcl(config),
    ...watching(manifest, config),
  ];
}

function tasks({ services, platform }: Manifest, { parts }: EnvironmentConfig): Need[] {
  const architecture = platform === 'linux/arm64' ? 'arm' : 'x86';
  return Object.values(services).flatMap((service) => {
    const rate = `fargate.${service.capacity === 'spot' ? 'spot.' : ''}${architecture}`;
    const count = Math.max(service.tasks.min, parts.tasks.min);
    const cpu = Math.max(service.cpu, parts.taskSize?.cpu ?? 0) / 1024;
    const gb = Math.max(service.memory, parts.taskSize?.memory ?? 0) / 1024;
    return [need(`${rate}.vcpu_h`, count * cpu * HOURS), need(`${rate}.gb_h`, count * gb * HOURS)];
  });
}

function instances({ parts, cache }: EnvironmentConfig): Need[] {
  const databaseClass = parts.databaseClass.replace(/^db\./, '');
  const node = parts.cacheNode.replace(/^cache\./, '');
  return [
    need(`rds.pg.${parts.multiAz ? 'multi-az.' : ''}${databaseClass}_h`, HOURS),
    ...(parts.readReplica ? [need(`rds.pg.${databaseClass}_h`, HOURS)] : []),
    need(`cache.${cache.engine}.${node}_h`, parts.cacheNodes * HOURS),
  ];
}

function network({ network: { egress }, ingress }: EnvironmentConfig): Need[] {
  const isPublic = ingress.loadBalancer === 'internet-facing';
  const gateways = egress === 'nat-gateway-per-zone' ? 2 : 1;
  const addresses = (isPublic ? 2 : 0) + gateways;
  return [
    // An internet-facing load balancer stands beside the internal one, with an address in each zone.
    need('alb_h', (isPublic ? 2 : 1) * HOURS),
    need('ipv4_h', addresses * HOURS),
    ...(egress === 'nat-instance'
      ? [need('ec2.t4g.nano_h', HOURS), need('ebs.gp3_gb_mo', 8)]
      : [need('nat_h', gateways * HOURS)]),
  ];
}

/** Rate, bots, SQL injection, the common rules; and geography where it is asked for. */
function webAcl({ waf }: EnvironmentConfig): Need[] {
  return [
    need('waf.acl_mo', 1),
    need('waf.rule_mo', waf.countries.length > 0 ? 5 : 4),
    ...(waf.botControl === 'managed' ? [need('waf.botcontrol_mo', 1)] : []),
  ];
}

function watching({ services }: Manifest, { monitoring, services: groups }: EnvironmentConfig): Need[] {
  const names = Object.values(services);
  // Errors are a share of the requests, of one listener or, where users come in, of production and test.
  const errors = names.reduce((sum, service) => sum + (service.public ? 4 : 2), 0);
  const [perService, database, cache, objectives] = [2, 3, 2, 6];
  return [
    need('cw.alarm_std_mo', names.length * perService + errors + database + cache + objectives),
    need('cw.metric_mo', names.length + Object.keys(groups.businessMetrics).length),
    ...(monitoring.dashboards ? [need('cw.dashboard_mo', 4)] : []),
  ];
}
