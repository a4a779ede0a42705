import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps
  extends Omit<BucketProps, 'encryption' | 'blockPublicAccess' | 'enforceSSL'> {
  readonly bucketName: string;
}

/** A bucket as the plan wants all of them: SSE-S3, TLS only, nothing public, kept when the stack goes. */
export class PrivateBucket extends Bucket {
  constructor(scope: Construct, id: string, { lifecycleRules = [], ...props }: PrivateBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...lifecycleRules,
      ],
    });
  }
}
