import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { CfnConfigRule, CfnConfigurationRecorder, CfnDeliveryChannel } from 'aws-cdk-lib/aws-config';
import { CfnDetector } from 'aws-cdk-lib/aws-guardduty';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PrivateBucket } from './private-bucket.ts';

export interface AuditProps {
  readonly product: string;
  /** About $3 a month. */
  readonly guardDuty: boolean;
}

/** Recorded because a rule reads them; every change of one costs $0.003. */
const RECORDED = [
  'AWS::S3::Bucket',
  'AWS::RDS::DBInstance',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::VPC',
  'AWS::IAM::User',
  'AWS::CloudTrail::Trail',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
];

/** AWS's own rules by their identifiers, and the types that start an evaluation. None: checked once a day. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  S3_BUCKET_PUBLIC_READ_PROHIBITED: ['AWS::S3::Bucket'],
  S3_BUCKET_PUBLIC_WRITE_PROHIBITED: ['AWS::S3::Bucket'],
  S3_BUCKET_SSL_REQUESTS_ONLY: ['AWS::S3::Bucket'],
  RDS_INSTANCE_PUBLIC_ACCESS_CHECK: ['AWS::RDS::DBInstance'],
  RDS_STORAGE_ENCRYPTED: ['AWS::RDS::DBInstance'],
  DB_INSTANCE_BACKUP_ENABLED: ['AWS::RDS::DBInstance'],
  INCOMING_SSH_DISABLED: ['AWS::EC2::SecurityGroup'],
  VPC_FLOW_LOGS_ENABLED: [],
  CLOUD_TRAIL_ENABLED: [],
  ROOT_ACCOUNT_MFA_ENABLED: [],
  IAM_USER_NO_POLICIES_CHECK: ['AWS::IAM::User'],
};

/** Who did what, and what is not as it should be: CloudTrail, AWS Config, and GuardDuty where it is paid for. */
export class Audit extends Construct {
  constructor(scope: Construct, id: string, { product, guardDuty }: AuditProps) {
    super(scope, id);
    const bucket = new PrivateBucket(this, 'Bucket', {
      bucketName: `${product}-audit-${Stack.of(this).account}`,
      versioned: true,
      lifecycleRules: [
        { id: 'a-year', expiration: Duration.days(365), noncurrentVersionExpiration: Duration.days(30) },
      ],
    });
    // The first trail of management events is free.
    new Trail(this, 'Trail', {
      trailName: product,
      bucket,
      s3KeyPrefix: 'cloudtrail',
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableFileValidation: true,
      managementEvents: ReadWriteType.ALL,
    }).applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.config(product, bucket);
    if (guardDuty)
      new CfnDetector(this, 'GuardDuty', { enable: true, findingPublishingFrequency: 'SIX_HOURS' });
  }

  private config(product: string, bucket: Bucket): void {
    const recorder = new CfnConfigurationRecorder(this, 'Recorder', {
      name: product,
      roleArn: this.recorderRole(product, bucket).roleArn,
      recordingGroup: {
        allSupported: false,
        includeGlobalResourceTypes: false,
        resourceTypes: [...RECORDED],
      },
    });
    const channel = new CfnDeliveryChannel(this, 'Channel', {
      name: product,
      s3BucketName: bucket.bucketName,
      s3KeyPrefix: 'config',
    });
    for (const [sourceIdentifier, types] of Object.entries(RULES)) {
      const rule = new CfnConfigRule(this, sourceIdentifier, {
        configRuleName: `${product}-${sourceIdentifier.toLowerCase().replaceAll('_', '-')}`,
        source: { owner: 'AWS', sourceIdentifier },
        ...(types.length > 0 ? { scope: { complianceResourceTypes: [...types] } } : {}),
      });
      rule.node.addDependency(recorder, channel);
    }
  }

  private recorderRole(product: string, bucket: Bucket): Role {
    const role = new Role(this, 'RecorderRole', {
      roleName: `${product}-config-recorder`,
      assumedBy: new ServicePrincipal('config.amazonaws.com'),
    });
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ReadWhatIsRecorded',
        actions: [
          's3:ListAllMyBuckets',
          's3:GetBucketPolicy',
          's3:GetBucketAcl',
          's3:GetBucketPublicAccessBlock',
          's3:GetBucketVersioning',
          's3:GetEncryptionConfiguration',
          's3:GetBucketLocation',
          's3:GetLifecycleConfiguration',
          'rds:DescribeDBInstances',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeVpcs',
          'ec2:DescribeFlowLogs',
          'iam:ListUsers',
          'iam:GetUser',
          'iam:ListUserPolicies',
          'iam:ListAttachedUserPolicies',
          'iam:GetAccountSummary',
          'cloudtrail:DescribeTrails',
          'cloudtrail:GetTrailStatus',
          'cloudtrail:GetEventSelectors',
          'elasticloadbalancing:DescribeLoadBalancers',
          'elasticloadbalancing:DescribeLoadBalancerAttributes',
        ],
        resources: ['*'],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        sid: 'Deliver',
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`config/AWSLogs/${Stack.of(this).account}/*`)],
        conditions: { StringLike: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetBucketAcl'], resources: [bucket.bucketArn] }));
    return role;
  }
}
