import { readFileSync } from 'node:fs';
import {
  ContainerDependencyCondition,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret as EcsSecret,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { DATABASE_NAME, type Database } from './database.ts';

export interface DatabaseTaskProps {
  readonly blueprint: Blueprint;
  readonly database: Database;
  readonly executionRole: Role;
  readonly logGroup: ILogGroup;
}

/** psql and pg_dump of the server's own major version, from Docker's library on ECR Public. */
const POSTGRES_IMAGE = 'public.ecr.aws/docker/library/postgres:14-alpine';
const AWS_CLI_IMAGE = 'public.ecr.aws/aws-cli/aws-cli:2.31.0';

const script = (name: string) => readFileSync(new URL(`../migration/${name}`, import.meta.url), 'utf8');

/**
 * The one-off task that makes schemas, users and extensions, run before the services of a release. The
 * scripts travel in the task definition: no image to build, no function in the VPC, no stack to roll back.
 */
export function migrationTask(scope: Construct, props: DatabaseTaskProps): FargateTaskDefinition {
  const { blueprint, logGroup } = props;
  const task = smallTask(scope, 'Migration', blueprint.names.migration, props);
  task.addContainer('migration', {
    image: ContainerImage.fromRegistry(POSTGRES_IMAGE),
    command: ['sh', '-c', 'printf %s "$MIGRATE_SCRIPT" > /tmp/migrate.sh && exec sh /tmp/migrate.sh'],
    environment: {
      ...connection(props.database),
      MIGRATE_SCRIPT: script('migrate.sh'),
      MIGRATE_SQL: script('migrate.sql'),
      SCHEMAS: blueprint.services.map(({ names }) => names.schema).join(' '),
    },
    secrets: masterCredentials(props.database),
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'migration' }),
  });
  return task;
}

export interface BackupTaskProps extends DatabaseTaskProps {
  /** Name of the bucket that dumps go to. */
  readonly bucket: string;
}

/** A dump a night into the backups bucket, from where it is copied to the second region: the RPO of 24 h. */
export function backupTask(scope: Construct, props: BackupTaskProps): FargateTaskDefinition {
  const { blueprint, logGroup, bucket } = props;
  const task = smallTask(scope, 'Backup', `${blueprint.prefix}-backup`, props);
  task.addVolume({ name: 'dump' });
  const mount = { containerPath: '/dump', sourceVolume: 'dump', readOnly: false };
  const dump = task.addContainer('dump', {
    image: ContainerImage.fromRegistry(POSTGRES_IMAGE),
    command: ['sh', '-c', 'pg_dump --format=custom --no-owner --file=/dump/pika.dump'],
    environment: connection(props.database),
    secrets: masterCredentials(props.database),
    essential: false,
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'backup' }),
  });
  dump.addMountPoints(mount);
  const upload = task.addContainer('upload', {
    image: ContainerImage.fromRegistry(AWS_CLI_IMAGE),
    entryPoint: ['sh', '-c'],
    command: ['aws s3 cp --only-show-errors /dump/pika.dump "s3://$BUCKET/database/$(date -u +%Y-%m-%dT%H%M).dump"'],
    environment: { BUCKET: bucket },
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'backup' }),
  });
  upload.addMountPoints({ ...mount, readOnly: true });
  upload.addContainerDependencies({ container: dump, condition: ContainerDependencyCondition.SUCCESS });
  task.addToTaskRolePolicy(
    new PolicyStatement({
      sid: 'PutDumps',
      actions: ['s3:PutObject'],
      resources: [`arn:aws:s3:::${bucket}/database/*`],
    }),
  );
  return task;
}

function smallTask(scope: Construct, id: string, family: string, { executionRole }: DatabaseTaskProps) {
  return new FargateTaskDefinition(scope, id, {
    family,
    cpu: 256,
    memoryLimitMiB: 512,
    executionRole,
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },

  });
}

function connection(database: Database): Record<string, string> {
  return {
    PGHOST: database.instance.dbInstanceEndpointAddress,
    PGPORT: '5432',
    PGDATABASE: DATABASE_NAME,
    PGSSLMODE: 'require',
    PGCONNECT_TIMEOUT: '15',
  };
}

function masterCredentials(database: Database): Record<string, EcsSecret> {
  return {
    PGUSER: EcsSecret.fromSecretsManager(database.masterSecret, 'username'),
    PGPASSWORD: EcsSecret.fromSecretsManager(database.masterSecret, 'password'),
  };
}
