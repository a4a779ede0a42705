import { FARGATE_SIZES, type Manifest } from '../../manifest/index.ts';
import { contains, overlaps, parseCidr } from './cidr.ts';
import type { ConfigurationFault } from './fault.ts';
import type { AccountConfig, EnvironmentConfig, Parts } from './schema.ts';
import { TIERS } from './tiers.ts';

/** What the schema cannot say of one environment: how its parts fit together and to the manifest. */
export function validateEnvironment(
  manifest: Manifest,
  name: string,
  config: EnvironmentConfig,
): ConfigurationFault[] {
  return [
    ...serviceFaults(manifest, config),
    ...networkFaults(config, manifest.environments[name]?.region ?? ''),
    ...tierFaults(config),
    ...taskSizeFaults(config.parts),
    ...cacheFaults(config),
    ...regionFaults(config, manifest.environments[name]?.region ?? ''),
    ...scheduleFaults(config),
  ].map((fault) => ({ ...fault, key: `${name}.${fault.key}` }));
}

/** What must hold of all environments and the account together. `floor`: USD a month that cannot be avoided. */
export function validateTogether(
  manifest: Manifest,
  account: AccountConfig,
  environments: ReadonlyMap<string, EnvironmentConfig>,
  floor: number,
): ConfigurationFault[] {
  return [
    ...qualifierFaults(account, environments),
    ...domainFaults(account, environments),
    ...budgetFaults(manifest, account, floor),
  ];
}

function serviceFaults(manifest: Manifest, { services }: EnvironmentConfig): ConfigurationFault[] {
  const known = Object.keys(manifest.services);
  const named = [
    ...(['firebase', 'uploads', 'tokens', 'fullTextSearch'] as const).flatMap((key) =>
      services[key].map((service, index) => ({ key: `services.${key}.${index}`, service })),
    ),
    ...Object.keys(services.businessMetrics).map((service) => ({
      key: `services.businessMetrics.${service}`,
      service,
    })),
  ];
  return named
    .filter(({ service }) => !known.includes(service))
    .map(({ key, service }) => ({
      key,
      value: service,
      allowed: `a service of pika.yml: ${known.join(', ')}`,
    }));
}

function networkFaults({ network }: EnvironmentConfig, region: string): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const vpc = parseCidr(network.vpc);
  if (!vpc)
    faults.push({ key: 'network.vpc', value: network.vpc, allowed: 'an IPv4 block without host bits' });
  const seen: { key: string; text: string; range: NonNullable<typeof vpc> }[] = [];
  for (const [layer, blocks] of Object.entries(network.subnets)) {
    for (const [index, text] of blocks.entries()) {
      const key = `network.subnets.${layer}.${index}`;
      const range = parseCidr(text);
      if (!range) {
        faults.push({ key, value: text, allowed: 'an IPv4 block without host bits' });
        continue;
      }
      if (vpc && !contains(vpc, range))
        faults.push({ key, value: text, allowed: `a block inside ${network.vpc}` });
      const other = seen.find((earlier) => overlaps(earlier.range, range));
      if (other)
        faults.push({
          key,
          value: text,
          allowed: `a block that does not overlap ${other.key} (${other.text})`,
        });
      seen.push({ key, text, range });
    }
  }
  return [...faults, ...zoneFaults(network.availabilityZones, region)];
}

function zoneFaults(zones: readonly string[], region: string): ConfigurationFault[] {
  return zones.flatMap((zone, index) => {
    const key = `network.availabilityZones.${index}`;
    if (!new RegExp(`^${region}[a-z]$`).test(zone))
      return [{ key, value: zone, allowed: `a zone of ${region}` }];
    return zones.indexOf(zone) < index ? [{ key, value: zone, allowed: 'a zone other than the first' }] : [];
  });
}

/** A tier may be exceeded part by part, never undercut: then it would not be that tier. */
function tierFaults({ tier, parts }: EnvironmentConfig): ConfigurationFault[] {
  const wanted = TIERS[tier];
  const faults: ConfigurationFault[] = [];
  for (const part of ['multiAz', 'readReplica', 'databaseProxy', 'search', 'worldwideCdn'] as const) {
    if (wanted[part] && !parts[part]) {
      faults.push({
        key: `parts.${part}`,
        value: parts[part],
        allowed: `true, which tier ${tier} consists of`,
      });
    }
  }
  if (parts.cacheNodes < wanted.cacheNodes) {
    faults.push({
      key: 'parts.cacheNodes',
      value: parts.cacheNodes,
      allowed: `${wanted.cacheNodes} or more at tier ${tier}`,
    });
  }
  for (const bound of ['min', 'max'] as const) {
    if (parts.tasks[bound] < wanted.tasks[bound]) {
      faults.push({
        key: `parts.tasks.${bound}`,
        value: parts.tasks[bound],
        allowed: `${wanted.tasks[bound]} or more at tier ${tier}`,
      });
    }
  }
  if (parts.tasks.min > parts.tasks.max) {
    faults.push({
      key: 'parts.tasks.min',
      value: parts.tasks.min,
      allowed: `at most tasks.max (${parts.tasks.max})`,
    });
  }
  return faults;
}

function taskSizeFaults({ taskSize }: Parts): ConfigurationFault[] {
  if (!taskSize) return [];
  const memories = FARGATE_SIZES[taskSize.cpu];
  if (!memories) {
    return [
      { key: 'parts.taskSize.cpu', value: taskSize.cpu, allowed: Object.keys(FARGATE_SIZES).join(', ') },
    ];
  }
  if (memories.includes(taskSize.memory)) return [];
  return [
    {
      key: 'parts.taskSize.memory',
      value: taskSize.memory,
      allowed: `with ${taskSize.cpu} CPU units Fargate has ${memories.join(', ')} MiB`,
    },
  ];
}

/** Redis OSS ended with 7.1; Valkey begins with 7.2. */
function cacheFaults({ cache }: EnvironmentConfig): ConfigurationFault[] {
  const versions = cache.engine === 'valkey' ? ['7.2'] : ['7.0', '7.1'];
  if (versions.includes(cache.version)) return [];
  return [
    { key: 'cache.version', value: cache.version, allowed: `${cache.engine} has ${versions.join(', ')}` },
  ];
}

function regionFaults({ disasterRecovery }: EnvironmentConfig, region: string): ConfigurationFault[] {
  if (disasterRecovery.region !== region) return [];
  return [
    {
      key: 'disasterRecovery.region',
      value: disasterRecovery.region,
      allowed: `a region other than ${region}`,
    },
  ];
}

function scheduleFaults({ scaling, parts }: EnvironmentConfig): ConfigurationFault[] {
  return scaling.schedules.flatMap(({ min, max }, index) =>
    min > max || max > parts.tasks.max
      ? [
          {
            key: `scaling.schedules.${index}`,
            value: { min, max },
            allowed: `min ≤ max ≤ ${parts.tasks.max}`,
          },
        ]
      : [],
  );
}

function qualifierFaults(
  account: AccountConfig,
  environments: ReadonlyMap<string, EnvironmentConfig>,
): ConfigurationFault[] {
  const owners = new Map([[account.bootstrapQualifier, 'account']]);
  return [...environments].flatMap(([name, { bootstrapQualifier }]) => {
    const owner = owners.get(bootstrapQualifier);
    owners.set(bootstrapQualifier, name);
    if (!owner && bootstrapQualifier !== 'hnb659fds') return [];
    return [
      {
        key: `${name}.bootstrapQualifier`,
        value: bootstrapQualifier,
        allowed: owner
          ? `one of its own, not ${owner}’s`
          : 'one of its own, not the one that all CDK apps share',
      },
    ];
  });
}

function domainFaults(
  account: AccountConfig,
  environments: ReadonlyMap<string, EnvironmentConfig>,
): ConfigurationFault[] {
  return [...environments]
    .filter(([, { domain }]) => domain !== account.hostedZone && !domain.endsWith(`.${account.hostedZone}`))
    .map(([name, { domain }]) => ({
      key: `${name}.domain`,
      value: domain,
      allowed: `${account.hostedZone} or a name below it`,
    }));
}

function budgetFaults(manifest: Manifest, { spend }: AccountConfig, floor: number): ConfigurationFault[] {
  const { monthly } = manifest.budget;
  const faults: ConfigurationFault[] = [];
  if (monthly < floor) {
    faults.push({
      key: 'pika.yml budget.monthly',
      value: monthly,
      allowed: `at least ${floor.toFixed(2)}, what this configuration costs a month without any traffic`,
    });
  }
  if (spend.monthlyAlarm > monthly) {
    faults.push({
      key: 'account.spend.monthlyAlarm',
      value: spend.monthlyAlarm,
      allowed: `at most the budget, ${monthly}`,
    });
  }
  if (spend.dailyAlarm > monthly) {
    faults.push({
      key: 'account.spend.dailyAlarm',
      value: spend.dailyAlarm,
      allowed: `at most the budget, ${monthly}`,
    });
  }
  return faults;
}
