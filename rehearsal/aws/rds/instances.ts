import { randomBytes } from 'node:crypto';
import type { DBInstance } from '@aws-sdk/client-rds';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { keepSecret, newPassword } from './credentials.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Servers } from './servers.ts';
import { pruneSnapshots } from './snapshots.ts';
import { described, type InstanceRecord, instanceOf, mustBe, type State, snapshotOf } from './state.ts';
import { TIMES } from './times.ts';

type CreateInput = Validated<Input<'rds', 'CreateDBInstance'>>;
type RestoreInput = Validated<Input<'rds', 'RestoreDBInstanceFromDBSnapshot'>>;
type ModifyInput = Validated<Input<'rds', 'ModifyDBInstance'>>;

const POSTGRES_PORT = 5432;

export function instanceOperations(state: State, servers: Servers, lifecycle: Lifecycle): Handlers<'rds'> {
  return {
    CreateDBInstance: (input) => {
      const instance = newInstance(state, input, factsOf(state, input));
      if (!input.ManageMasterUserPassword && !input.MasterUserPassword) {
        throw awsError(
          'InvalidParameterCombination',
          'You must specify either a MasterUserPassword or ManageMasterUserPassword.',
        );
      }
      instance.password = input.MasterUserPassword ?? newPassword();
      state.instances.set(instance.id, instance);
      const make = async () => {
        await giveServer(servers, instance);
        if (input.ManageMasterUserPassword) await keepSecret(state, instance);
      };
      lifecycle.comeUp(instance, make, TIMES.create);
      return { DBInstance: described(state, instance) };
    },
    RestoreDBInstanceFromDBSnapshot: (input) => restore(state, servers, lifecycle, input),
    DescribeDBInstances: ({ DBInstanceIdentifier, Marker, MaxRecords = 100 }) => {
      const all = DBInstanceIdentifier
        ? [instanceOf(state, DBInstanceIdentifier)]
        : [...state.instances.values()];
      const page = pageOf(all, { token: Marker, size: MaxRecords, invalidToken: 'InvalidParameterValue' });
      return {
        DBInstances: page.items.map((instance) => described(state, instance)),
        ...(page.nextToken ? { Marker: page.nextToken } : {}),
      };
    },
    ModifyDBInstance: (input) => modify(state, lifecycle, input),
    StartDBInstance: ({ DBInstanceIdentifier }) => {
      const instance = instanceOf(state, DBInstanceIdentifier);
      if (instance.status !== 'stopped') {
        throw awsError('InvalidDBInstanceStateFault', `Instance ${instance.id} is not stopped or starting.`);
      }
      lifecycle.start(instance);
      return { DBInstance: described(state, instance) };
    },
    StopDBInstance: ({ DBInstanceIdentifier }) => {
      const instance = instanceOf(state, DBInstanceIdentifier);
      mustBe(instance, 'available');
      lifecycle.stop(instance);
      return { DBInstance: described(state, instance) };
    },
    DeleteDBInstance: ({ DBInstanceIdentifier, SkipFinalSnapshot, FinalDBSnapshotIdentifier }) => {
      const instance = instanceOf(state, DBInstanceIdentifier);
      if (instance.facts.DeletionProtection) {
        throw awsError(
          'InvalidParameterCombination',
          'Cannot delete protected DB Instance, please disable deletion protection and try again.',
        );
      }
      if (!SkipFinalSnapshot && !FinalDBSnapshotIdentifier) {
        throw awsError(
          'InvalidParameterCombination',
          'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
        );
      }
      mustBe(instance, 'available', 'stopped', 'failed', 'creating');
      lifecycle.delete(instance);
      return { DBInstance: described(state, instance) };
    },
  };
}

function newInstance(
  state: State,
  { DBInstanceIdentifier, Tags }: CreateInput | RestoreInput,
  facts: DBInstance,
) {
  const id = DBInstanceIdentifier.toLowerCase();
  if (state.instances.has(id)) {
    throw awsError('DBInstanceAlreadyExistsFault', `DB instance already exists`);
  }
  const arn = state.aws.arn('rds', `db:${id}`);
  const group = facts.DBParameterGroups?.[0]?.DBParameterGroupName;
  const forced = state.parameterGroups.get(group ?? '')?.parameters.get('rds.force_ssl');
  const instance: InstanceRecord = {
    id,
    arn,
    status: 'creating',
    facts: {
      ...facts,
      DBInstanceIdentifier: id,
      DbiResourceId: `db-${randomBytes(16).toString('hex').toUpperCase().slice(0, 26)}`,
      InstanceCreateTime: state.aws.clock.now(),
    },
    password: '',
    // RDS' default since PostgreSQL 15; 14 lets whoever comes without TLS in, unless its parameters forbid it.
    forceTls: forced === '1',
  };
  state.tags.set(arn, Tags ?? []);
  return instance;
}

/** The real server, at whose address the instance is found from then on. */
async function giveServer(servers: Servers, instance: InstanceRecord, from?: string): Promise<void> {
  const { facts, id, password, forceTls } = instance;
  const port = facts.DbInstancePort || POSTGRES_PORT;
  const made = await servers.create({
    id,
    engine: facts.Engine ?? '',
    port,
    forceTls,
    master: { user: facts.MasterUsername ?? 'postgres', password },
    database: facts.DBName,
    ...(from === undefined ? {} : { from }),
  });
  if (made) instance.server = made.server;
  instance.endpoint = { Address: made?.address ?? `${id}.rehearsal.internal`, Port: port };
}

function factsOf(state: State, input: CreateInput): DBInstance {
  const subnetGroup = subnetGroupOf(state, input.DBSubnetGroupName);
  return {
    ...keptFacts(input),
    ...shapedFacts(input),
    DBInstanceClass: input.DBInstanceClass,
    Engine: input.Engine,
    MasterUsername: input.MasterUsername ?? 'postgres',
    DbInstancePort: input.Port ?? POSTGRES_PORT,
    AllocatedStorage: input.AllocatedStorage ?? 20,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights ?? false,
    ...(subnetGroup ? { DBSubnetGroup: subnetGroup } : {}),
    ...(input.DBName ? { DBName: input.DBName } : {}),
  };
}

const KEPT = [
  'EngineVersion',
  'MultiAZ',
  'AvailabilityZone',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'PubliclyAccessible',
  'StorageType',
  'StorageEncrypted',
  'KmsKeyId',
  'CopyTagsToSnapshot',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'DeletionProtection',
  'CACertificateIdentifier',
  'EngineLifecycleSupport',
  'PerformanceInsightsRetentionPeriod',
  'DatabaseInsightsMode',
] as const;

/** What an input says under the name under which the instance shows it. */
function keptFacts(input: object): DBInstance {
  const given = new Map(Object.entries(input));
  return Object.fromEntries(KEPT.filter((name) => given.has(name)).map((name) => [name, given.get(name)]));
}

function shapedFacts({
  VpcSecurityGroupIds = [],
  DBParameterGroupName,
}: {
  VpcSecurityGroupIds?: readonly string[] | undefined;
  DBParameterGroupName?: string | undefined;
}): DBInstance {
  return {
    VpcSecurityGroups: VpcSecurityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ...(DBParameterGroupName
      ? { DBParameterGroups: [{ DBParameterGroupName, ParameterApplyStatus: 'in-sync' }] }
      : {}),
  };
}

function subnetGroupOf({ subnetGroups }: State, name: string | undefined) {
  if (name === undefined) return undefined;
  const group = subnetGroups.get(name.toLowerCase());
  if (group) return group;
  throw awsError('DBSubnetGroupNotFoundFault', `DB Subnet group '${name}' does not exist.`, {
    statusCode: 404,
  });
}

/** Its data, its users and its master password are those of the snapshot; its secret is not. */
function restore(state: State, servers: Servers, lifecycle: Lifecycle, input: RestoreInput) {
  const snapshot = snapshotOf(state, input.DBSnapshotIdentifier ?? '');
  if (snapshot.facts.Status !== 'available') {
    throw awsError('InvalidDBSnapshotStateFault', 'The snapshot is not in the available state.');
  }
  const { DBParameterGroups: _groups, DeletionProtection: _protection, ...inherited } = snapshot.of;
  const subnetGroup = subnetGroupOf(state, input.DBSubnetGroupName);
  const instance = newInstance(state, input, {
    ...inherited,
    ...keptFacts(input),
    ...shapedFacts(input),
    ...(input.DBInstanceClass ? { DBInstanceClass: input.DBInstanceClass } : {}),
    ...(subnetGroup ? { DBSubnetGroup: subnetGroup } : {}),
    DeletionProtection: input.DeletionProtection ?? false,
  });
  instance.password = snapshot.password;
  state.instances.set(instance.id, instance);
  lifecycle.comeUp(instance, () => giveServer(servers, instance, snapshot.folder), TIMES.restore);
  return { DBInstance: described(state, instance) };
}

function modify(state: State, lifecycle: Lifecycle, input: ModifyInput) {
  const instance = instanceOf(state, input.DBInstanceIdentifier);
  mustBe(instance, 'available');
  if (input.MasterUserPassword && input.ManageMasterUserPassword) {
    throw awsError(
      'InvalidParameterCombination',
      'You can specify either a MasterUserPassword or ManageMasterUserPassword, but not both.',
    );
  }
  Object.assign(instance.facts, keptFacts(input));
  if (input.DBInstanceClass) instance.facts.DBInstanceClass = input.DBInstanceClass;
  if (input.AllocatedStorage) instance.facts.AllocatedStorage = input.AllocatedStorage;
  const hadBackups = (instance.facts.BackupRetentionPeriod ?? 0) > 0;
  const days = input.BackupRetentionPeriod ?? instance.facts.BackupRetentionPeriod ?? 0;
  instance.facts.BackupRetentionPeriod = days;
  if (input.VpcSecurityGroupIds) Object.assign(instance.facts, shapedFacts(input));
  const password = input.MasterUserPassword ?? (input.ManageMasterUserPassword ? newPassword() : undefined);
  // Without backups there are none of earlier days either; with them, the first one is made at once.
  if (days === 0) pruneSnapshots(state, instance);
  const backUp = days > 0 && !hadBackups;
  lifecycle.modify(
    instance,
    { status: password ? 'resetting-master-credentials' : 'modifying', backUp },
    async () => {
      if (!password) return;
      await instance.server?.setMasterPassword(password);
      instance.password = password;
      if (input.ManageMasterUserPassword) await keepSecret(state, instance);
    },
  );
  return { DBInstance: described(state, instance) };
}
