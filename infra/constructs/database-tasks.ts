import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  type Cluster,
  ContainerDependencyCondition,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { EcsRunFargateTask } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { DATABASE_NAME, type Database } from './database.ts';

export interface DatabaseTasksProps {
  readonly blueprint: Blueprint;
  readonly vpc: Vpc;
  readonly cluster: Cluster;
  readonly database: Database;
  readonly executionRole: Role;
  readonly logGroup: ILogGroup;
  /** Bucket that dumps go to. */
  readonly bucket: Bucket;
  readonly securityGroup: ISecurityGroup;
}

/** psql and pg_dump of the server's own major version, from Docker's library on ECR Public. */
const POSTGRES_IMAGE = 'public.ecr.aws/docker/library/postgres:14-alpine';
const AWS_CLI_IMAGE = 'public.ecr.aws/aws-cli/aws-cli:2.31.0';

/**
 * What is done to the database from outside the services: the migration before a release, and a dump every night.
 * The scripts travel in the task definitions: no image to build, no function in the VPC, no stack to roll back.
 */
export class DatabaseTasks extends Construct {
  readonly #props: DatabaseTasksProps;

  constructor(scope: Construct, id: string, props: DatabaseTasksProps) {
    super(scope, id);
    this.#props = props;
    this.migration();
    // A sleeping environment has nothing worth a copy; RDS' own backups are kept in any case.
    if (!props.blueprint.config.sleeps) this.backup();
  }

  /** The one-off task that makes schemas, users and extensions. May be run any number of times. */
  private migration(): void {
    const { blueprint, logGroup } = this.#props;
    const { names, services } = blueprint;
    const task = this.taskDefinition('Migration', names.migration, names.migrationRole);
    task.addContainer('migration', {
      image: ContainerImage.fromRegistry(POSTGRES_IMAGE),
      command: ['sh', '-c', script('migrate.sh')],
      environment: {
        ...this.connection(),
        MIGRATE_SQL: script('migrate.sql'),
        SCHEMAS: services.map((service) => service.names.schema).join(' '),
      },
      secrets: this.masterCredentials(),
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'migration' }),
    });
  }

  /** A dump into the backups bucket, from where it is copied to the second region: the RPO of 24 hours. */
  private backup(): void {
    const { blueprint, logGroup, bucket } = this.#props;
    const family = `${blueprint.prefix}-backup`;
    const task = this.taskDefinition('Backup', family, `${family}-task`);
    task.addVolume({ name: 'dump' });
    const dump = task.addContainer('dump', {
      image: ContainerImage.fromRegistry(POSTGRES_IMAGE),
      command: ['sh', '-c', 'chmod 700 /dump && pg_dump --format=custom --no-owner --file=/dump/pika.dump'],
      environment: this.connection(),
      secrets: this.masterCredentials(),
      essential: false,
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'backup' }),
    });
    dump.addMountPoints({ containerPath: '/dump', sourceVolume: 'dump', readOnly: false });
    const upload = task.addContainer('upload', {
      image: ContainerImage.fromRegistry(AWS_CLI_IMAGE),
      entryPoint: ['sh', '-c'],
      command: [
        'aws s3 cp --only-show-errors /dump/pika.dump "s3://$BUCKET/database/$(date -u +%Y-%m-%dT%H%M).dump"',
      ],
      environment: { BUCKET: bucket.bucketName },
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'backup' }),
    });
    upload.addMountPoints({ containerPath: '/dump', sourceVolume: 'dump', readOnly: true });
    upload.addContainerDependencies({ container: dump, condition: ContainerDependencyCondition.SUCCESS });
    task.addToTaskRolePolicy(
      new PolicyStatement({
        sid: 'PutDumps',
        actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
        resources: [bucket.arnForObjects('database/*')],
      }),
    );
    this.everyNight(task);
  }

  private everyNight(taskDefinition: FargateTaskDefinition): void {
    const { blueprint, cluster, securityGroup } = this.#props;
    new Schedule(this, 'EveryNight', {
      scheduleName: `${blueprint.prefix}-backup`,
      description: 'A dump of the database into the backups bucket',
      schedule: ScheduleExpression.expression('cron(0 4 * * ? *)'),
      target: new EcsRunFargateTask(cluster, {
        taskDefinition,
        vpcSubnets: { subnetGroupName: 'private' },
        securityGroups: [securityGroup],
        assignPublicIp: false,
        retryAttempts: 2,
      }),
    });
  }

  private taskDefinition(id: string, family: string, roleName: string): FargateTaskDefinition {
    const task = new FargateTaskDefinition(this, id, {
      family,
      cpu: 256,
      memoryLimitMiB: 512,
      executionRole: this.#props.executionRole,
      taskRole: new Role(this, `${id}Role`, {
        roleName,
        assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      }),
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    task.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return task;
  }

  private connection(): Record<string, string> {
    return {
      PGHOST: this.#props.database.instance.dbInstanceEndpointAddress,
      PGPORT: '5432',
      PGDATABASE: DATABASE_NAME,
      PGSSLMODE: 'require',
      PGCONNECT_TIMEOUT: '15',
    };
  }

  private masterCredentials(): Record<string, Secret> {
    const { masterSecret } = this.#props.database;
    return {
      PGUSER: Secret.fromSecretsManager(masterSecret, 'username'),
      PGPASSWORD: Secret.fromSecretsManager(masterSecret, 'password'),
    };
  }
}

function script(name: string): string {
  return readFileSync(new URL(`../migration/${name}`, import.meta.url), 'utf8');
}
