import type {
  BucketLifecycleConfiguration,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
  Tag,
} from '@aws-sdk/client-s3';
import { awsError } from '../kernel/error.ts';

export interface StoredObject {
  key: string;
  bytes: Uint8Array;
  /** In quotes, as a header has it. */
  etag: string;
  modified: Date;
  contentType: string;
  cacheControl: string | undefined;
  contentEncoding: string | undefined;
  metadata: Record<string, string>;
  versionId: string | undefined;
}

export interface Bucket {
  name: string;
  created: Date;
  region: string;
  encryption: ServerSideEncryptionConfiguration;
  versioning: 'Enabled' | 'Suspended' | undefined;
  policy: string | undefined;
  publicAccess: PublicAccessBlockConfiguration | undefined;
  lifecycle: BucketLifecycleConfiguration | undefined;
  tags: Tag[];
  /** Every version of an object, the newest last; a deleted one has no versions that count. */
  objects: Map<string, StoredObject[]>;
}

export function bucketOf(buckets: ReadonlyMap<string, Bucket>, name: string): Bucket {
  const bucket = buckets.get(name);
  if (!bucket) {
    throw awsError('NoSuchBucket', 'The specified bucket does not exist', { statusCode: 404 });
  }
  return bucket;
}

export function objectOf(bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  const versions = bucket.objects.get(key) ?? [];
  const found = versionId === undefined ? versions.at(-1) : versions.find((it) => it.versionId === versionId);
  if (!found) throw awsError('NoSuchKey', 'The specified key does not exist.', { statusCode: 404 });
  return found;
}
