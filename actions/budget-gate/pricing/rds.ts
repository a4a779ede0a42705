import { type Context, type Need, type Priced, type Reader, reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import { asList } from '../template/json.ts';
import type { Resource } from '../template/stack.ts';
import { hoursInWords, need, words } from './need.ts';
import { standardSupportEnd } from './postgres-support.ts';

/** https://aws.amazon.com/rds/postgresql/pricing */
export const rds: Service = {
  rules: {
    'AWS::RDS::DBInstance': priceInstance,
    'AWS::RDS::DBProxy': priceProxy,
    'AWS::RDS::DBCluster': () => ({
      unknown: 'Aurora and Multi-AZ clusters are not in the price book',
      remedy: 'Use AWS::RDS::DBInstance',
    }),
    'AWS::RDS::DBSubnetGroup': () => ({ free: 'only names subnets' }),
    'AWS::RDS::DBParameterGroup': () => ({ free: 'only holds settings' }),
    'AWS::RDS::OptionGroup': () => ({ free: 'only holds settings' }),
    'AWS::RDS::EventSubscription': () => ({ free: 'notices go out by SNS, which is priced itself' }),
    'AWS::RDS::DBProxyTargetGroup': () => ({ free: 'part of its proxy' }),
  },
  uses: [
    {
      name: 'database backups',
      types: ['AWS::RDS::DBInstance'],
      needs: (subject, context) => {
        const gb = context.usage('rds.backup-gb', subject);
        return [
          need('backups', 'rds.backup_gb_mo_over_free', gb, `${words(gb)} GB beyond the free backup space`),
        ];
      },
    },
  ],
};

/** The instance that a replica copies: it says the engine and the storage. */
function primaryOf(resource: Resource, context: Context): Resource {
  const source = context.catalogue.target(resource.properties.SourceDBInstanceIdentifier);
  return source && source.id !== resource.id ? source : resource;
}

function priceInstance(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const described = reader(primaryOf(resource, context), context);
  const engine = described.text('Engine', 'postgres');
  if (engine !== 'postgres') {
    return {
      unknown: `its engine ${engine} is not in the price book, which has postgres`,
      remedy: 'Use postgres',
    };
  }
  const size = read.text('DBInstanceClass', 'db.t3.micro').replace(/^db\./, '');
  const zones = read.flag('MultiAZ') ? 'multi-az.' : '';
  const hours = context.hours(resource);
  return {
    needs: [
      need('instance hours', `rds.pg.${zones}${size}_h`, hours, `1 db.${size} × ${hoursInWords(hours)}`),
      ...storageNeeds(resource, read, described, zones, context),
      ...monitoringNeeds(resource, read, context),
      ...secretNeeds(resource, read, context),
      ...extendedSupport(resource, described, size, context),
    ],
    causes: [...read.causes, ...described.causes],
  };
}

function storageNeeds(
  resource: Resource,
  read: Reader,
  described: Reader,
  zones: string,
  context: Context,
): Need[] {
  const own = resource.properties.AllocatedStorage === undefined ? described : read;
  const type = own.text('StorageType', 'gp2');
  const gb = own.number('AllocatedStorage', 20);
  const quantity = times(context.existence(resource), gb);
  return [
    need(`${type} storage`, `rds.${zones}${type}_gb_mo`, quantity, `${gb} GB of ${type}, also while stopped`),
  ];
}

/** Enhanced monitoring is paid as the logs that it writes. */
function monitoringNeeds(resource: Resource, read: Reader, context: Context): Need[] {
  if (read.number('MonitoringInterval', 0) === 0) return [];
  const gb = context.usage('rds.enhanced-monitoring-gb', context.subjectOf(resource));
  const awake = times(gb, times(context.hours(resource), 1 / 730));
  return [need('enhanced monitoring', 'cw.logs_in_gb', awake, `${words(awake)} GB of logs`)];
}

/** A password that RDS manages is a secret that no template lists. */
function secretNeeds(resource: Resource, read: Reader, context: Context): Need[] {
  if (!read.flag('ManageMasterUserPassword')) return [];
  return [need('managed secret', 'secrets_mo', context.existence(resource), '1 secret that RDS keeps')];
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-charges.html */
function extendedSupport(resource: Resource, described: Reader, size: string, context: Context): Need[] {
  const end = standardSupportEnd(described.text('EngineVersion', ''));
  const lifecycle = described.text('EngineLifecycleSupport', 'open-source-rds-extended-support');
  if (!end || context.now < end || lifecycle.endsWith('-disabled')) return [];
  const vcpu = vcpuOf(size);
  const hours = times(context.hours(resource), vcpu);
  const since = end.toISOString().slice(0, 10);
  return [need('extended support', 'rds.pg.extended-support_vcpu_h', hours, `${vcpu} vCPU since ${since}`)];
}

/** A proxy is paid by the vCPU of what it stands before, at least two. https://aws.amazon.com/rds/proxy/pricing */
function priceProxy(resource: Resource, context: Context): Priced {
  const group = context.catalogue
    .ofType('AWS::RDS::DBProxyTargetGroup')
    .find(({ properties }) => context.catalogue.target(properties.DBProxyName)?.id === resource.id);
  const [target] = asList(group?.properties.DBInstanceIdentifiers);
  const instance = context.catalogue.target(target);
  if (!instance) {
    return { unknown: 'the database that it stands before cannot be found', remedy: 'Give its template too' };
  }
  const read = reader(instance, context);
  const vcpu = vcpuOf(read.text('DBInstanceClass', 'db.t3.micro'));
  const hours = context.hours(resource);
  return {
    needs: [
      need('proxy vCPU', 'rds.proxy_vcpu_h', times(hours, vcpu), `${vcpu} vCPU × ${hoursInWords(hours)}`),
    ],
    causes: read.causes,
  };
}

/** vCPU by the size of an instance class; the burstable sizes up to large have two. */
function vcpuOf(size: string): number {
  const multiple = /\.(\d*)xlarge$/.exec(size)?.[1];
  return multiple === undefined ? 2 : 4 * Number(multiple || 1);
}

/** The end of standard support of a database, for the cliff that it is. */
export interface SupportEnd {
  resource: Resource;
  end: Date;
  version: string;
  vcpu: number;
  /** Refused: RDS upgrades the database instead of charging for Extended Support. */
  refused: boolean;
}

export function supportEnds(context: Context): SupportEnd[] {
  return context.catalogue.ofType('AWS::RDS::DBInstance').flatMap((resource) => {
    const { EngineVersion, EngineLifecycleSupport, DBInstanceClass } = resource.properties;
    const end = standardSupportEnd(String(EngineVersion ?? ''));
    if (!end) return [];
    const refused = String(EngineLifecycleSupport).endsWith('-disabled');
    return [
      { resource, end, version: String(EngineVersion), vcpu: vcpuOf(String(DBInstanceClass)), refused },
    ];
  });
}
