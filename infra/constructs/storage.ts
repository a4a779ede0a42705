import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, HttpMethods, type LifecycleRule, ObjectOwnership, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { globalArn } from './arn.ts';
import { bucketNames } from './bucket-names.ts';
import { PrivateBucket } from './private-bucket.ts';

export interface StorageProps {
  readonly blueprint: Blueprint;
  /** The logs bucket, which is older than all others. */
  readonly logs: Bucket;
}

const OLD_VERSIONS: LifecycleRule = { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) };
const INTELLIGENT_TIERING: LifecycleRule = {
  id: 'intelligent-tiering',
  transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }],
};

/** The plan's buckets: static, uploads, backups; the fourth, logs, is in the Network stack, which logs first. */
export class Storage extends Construct {
  readonly static: Bucket;
  readonly uploads: Bucket;
  readonly backups: Bucket;

  constructor(scope: Construct, id: string, { blueprint, logs }: StorageProps) {
    super(scope, id);
    const { config } = blueprint;
    const names = bucketNames(this, blueprint);
    const copy = config.disasterRecovery.replicate;
    const accessLogs = (prefix: string) => ({
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: `s3/${prefix}/`,
    });
    this.static = new PrivateBucket(this, 'Static', {
      bucketName: names.static,
      versioned: true,
      lifecycleRules: [OLD_VERSIONS],
      ...accessLogs('static'),
    });
    this.allowCloudFront();
    this.uploads = new PrivateBucket(this, 'Uploads', {
      bucketName: names.uploads,
      versioned: true,
      lifecycleRules: [OLD_VERSIONS, INTELLIGENT_TIERING],
      cors: [
        {
          id: 'browser-uploads',
          allowedOrigins: [`https://${config.domain}`],
          allowedMethods: [HttpMethods.GET, HttpMethods.PUT, HttpMethods.POST],
          allowedHeaders: ['content-type', 'content-md5', 'x-amz-*'],
          exposedHeaders: ['etag'],
          maxAge: 3600,
        },
      ],
      ...(copy ? { replicationRules: [this.replica('Uploads', names.uploadsReplica)] } : {}),
      ...accessLogs('uploads'),
    });
    this.backups = new PrivateBucket(this, 'Backups', {
      bucketName: names.backups,
      versioned: true,
      lifecycleRules: [
        OLD_VERSIONS,
        { id: 'dumps', prefix: 'database/', expiration: Duration.days(config.database.backupDays * 5) },
      ],
      ...(copy ? { replicationRules: [this.replica('Backups', names.backupsReplica)] } : {}),
      ...accessLogs('backups'),
    });
  }

  private replica(id: string, bucketName: string) {
    return {
      id: 'second-region',
      destination: Bucket.fromBucketName(this, `${id}Replica`, bucketName),
      deleteMarkerReplication: false,
      storageClass: StorageClass.INFREQUENT_ACCESS,
    };
  }

  /**
   * The distribution is in a later stack and may sleep: its id cannot be named here without a circle
   * between the two, so any distribution of this account may read, and of no other.
   */
  private allowCloudFront(): void {
    this.static.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudFrontOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [this.static.arnForObjects('*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': globalArn(this, 'cloudfront', 'distribution/*') },
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        },
      }),
    );
  }
}

/** Where the network, the load balancer and the buckets log to: 30 days, as the plan has it. */
export function logBucket(scope: Construct, blueprint: Blueprint): Bucket {
  return new PrivateBucket(scope, 'Logs', {
    bucketName: bucketNames(scope, blueprint).logs,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ id: 'thirty-days', expiration: Duration.days(30) }],
  });
}
