import { fileURLToPath } from 'node:url';
import { loadManifest } from '../../manifest/index.ts';
import { account } from './account.ts';
import { contains, overlaps, parseCidr } from './cidr.ts';
import { ConfigurationError } from './fault.ts';
import { loadConfiguration } from './load.ts';
import { production } from './production.ts';
import type { EnvironmentInput } from './schema.ts';
import { staging } from './staging.ts';

const manifest = loadManifest(fileURLToPath(new URL('../../pika.yml', import.meta.url)));

function faultsOf(
  change: Partial<EnvironmentInput>,
  accountChange: object = {},
  changedManifest = manifest,
): string[] {
  try {
    loadConfiguration(changedManifest, {
      account: { ...account, ...accountChange },
      environments: { staging, production: { ...production, ...change } },
    });
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.faults.map(({ key, value, allowed }) => `${key}: ${JSON.stringify(value)} – ${allowed}`);
    }
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is right as it is written down', () => {
    const { environments } = loadConfiguration(manifest);
    expect([...environments.keys()]).toEqual(['staging', 'production']);
    expect(environments.get('production')?.parts).toMatchObject({
      databaseClass: 'db.t4g.micro',
      multiAz: false,
    });
  });

  it('gives a tier its parts', () => {
    const { environments } = loadConfiguration(
      { ...manifest, budget: { monthly: 1000 } },
      { account, environments: { staging, production: { ...production, tier: 250 } } },
    );
    expect(environments.get('production')?.parts).toMatchObject({
      multiAz: true,
      readReplica: true,
      databaseProxy: true,
      cacheNodes: 2,
    });
  });

  it('reports all faults at once, each with key, value and what is allowed', () => {
    const { services, network } = production;
    const faults = faultsOf({
      services: { ...services, firebase: ['nobody'] },
      network: { ...network, subnets: { ...network.subnets, private: ['10.0.1.0/25', '10.1.0.0/24'] } },
      parts: { taskSize: { cpu: 256, memory: 768 } },
      bootstrapQualifier: 'pikastg',
      domain: 'elsewhere.example',
    });
    expect(faults).toEqual([
      'production.services.firebase.0: "nobody" – a service of pika.yml: api-gateway, auth, users, listings, search, orders, notifications',
      'production.network.subnets.private.0: "10.0.1.0/25" – a block that does not overlap network.subnets.public.0 (10.0.1.0/24)',
      'production.network.subnets.private.1: "10.1.0.0/24" – a block inside 10.0.0.0/16',
      'production.parts.taskSize.memory: 768 – with 256 CPU units Fargate has 512, 1024, 2048 MiB',
      'production.bootstrapQualifier: "pikastg" – one of its own, not staging’s',
      'production.domain: "elsewhere.example" – pika.example or a name below it',
    ]);
  });

  it.each<[string, Partial<EnvironmentInput>, string]>([
    [
      'a tier that there is not',
      { tier: 75 as never },
      'production.tier: 75 – allowed: 50, 100, 250, 500, 1000',
    ],
    [
      'a tier without one of its parts',
      { tier: 250, parts: { multiAz: false } },
      'production.parts.multiAz: false – true, which tier 250 consists of',
    ],
    [
      'too few tasks for a tier',
      { tier: 100, parts: { tasks: { min: 1, max: 4 } } },
      'production.parts.tasks.min: 1 – 2 or more at tier 100',
    ],
    [
      'a CPU size that Fargate lacks',
      { parts: { taskSize: { cpu: 300, memory: 512 } } },
      'production.parts.taskSize.cpu: 300 – 256, 512, 1024, 2048, 4096, 8192, 16384',
    ],
    [
      'a version that the engine lacks',
      { cache: { engine: 'redis', version: '7.2', snapshotDays: 1 } },
      'production.cache.version: "7.2" – redis has 7.0, 7.1',
    ],
    [
      'a second region that is the first',
      { disasterRecovery: { region: 'us-east-1', replicate: true } },
      'production.disasterRecovery.region: "us-east-1" – a region other than us-east-1',
    ],
    [
      'a zone of another region',
      { network: { ...production.network, availabilityZones: ['us-east-1a', 'eu-west-1a'] } },
      'production.network.availabilityZones.1: "eu-west-1a" – a zone of us-east-1',
    ],
    [
      'one zone twice',
      { network: { ...production.network, availabilityZones: ['us-east-1a', 'us-east-1a'] } },
      'production.network.availabilityZones.1: "us-east-1a" – a zone other than the first',
    ],
    [
      'a block with host bits',
      { network: { ...production.network, vpc: '10.0.0.1/16' } },
      'production.network.vpc: "10.0.0.1/16" – an IPv4 block without host bits',
    ],
    [
      'a key that is not known',
      { colour: 'red' } as never,
      'production.colour: "red" – no such key; see infra/config/schema.ts',
    ],
    [
      'a schedule above the bounds',
      {
        scaling: {
          ...production.scaling,
          schedules: [{ name: 'x', cron: 'cron(0 0 ? * * *)', min: 1, max: 9 }],
        },
      },
      'production.scaling.schedules.0: {"min":1,"max":9} – min ≤ max ≤ 2',
    ],
    [
      'the bootstrap that all share',
      { bootstrapQualifier: 'hnb659fds' },
      'production.bootstrapQualifier: "hnb659fds" – one of its own, not the one that all CDK apps share',
    ],
  ])('refuses %s', (_what, change, fault) => {
    expect(faultsOf(change)).toContain(fault);
  });

  it('refuses a budget that cannot be met without a single user', () => {
    const [fault] = faultsOf(
      {},
      { spend: { dailyAlarm: 1, monthlyAlarm: 20 } },
      { ...manifest, budget: { monthly: 30 } },
    );
    expect(fault).toMatch(
      /^pika.yml budget.monthly: 30 – at least \d\d\.\d\d, what this configuration costs/,
    );
  });

  it('refuses an alarm above the budget', () => {
    expect(faultsOf({}, { spend: { dailyAlarm: 4, monthlyAlarm: 101 } })).toEqual([
      'account.spend.monthlyAlarm: 101 – at most the budget, 100',
    ]);
  });

  it('names an environment that is only on one side', () => {
    const only = () => loadConfiguration(manifest, { account, environments: { production, qa: staging } });
    expect(only).toThrow(/qa: .* an environment of pika.yml: staging, production/);
    expect(only).toThrow(/staging: is missing/);
  });
});

describe('an IPv4 block', () => {
  const block = (text: string) => parseCidr(text) ?? { first: -1, last: -1 };
  it('overlaps and contains', () => {
    expect(overlaps(block('10.0.0.0/24'), block('10.0.1.0/24'))).toBe(false);
    expect(overlaps(block('10.0.0.0/16'), block('10.0.255.0/24'))).toBe(true);
    expect(contains(block('10.0.0.0/16'), block('10.0.255.0/24'))).toBe(true);
    expect(contains(block('10.0.0.0/24'), block('10.0.0.0/16'))).toBe(false);
    expect(parseCidr('10.0.0.256/24')).toBeUndefined();
    expect(parseCidr('10.0.0.0/33')).toBeUndefined();
  });
});
