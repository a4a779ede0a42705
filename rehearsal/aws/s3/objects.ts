import { createHash, randomBytes } from 'node:crypto';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { Handlers } from '../kernel/service.ts';
import { type Bucket, bucketOf, objectOf, type StoredObject } from './state.ts';

export function objectOperations(aws: Aws, buckets: Map<string, Bucket>): Handlers<'s3'> {
  return {
    PutObject: (input) => {
      const bucket = bucketOf(buckets, input.Bucket);
      const bytes = input.Body instanceof Uint8Array ? input.Body : new Uint8Array();
      const held = bucket.objects.get(input.Key) ?? [];
      if (input.IfNoneMatch === '*' && held.length > 0) {
        throw awsError(
          'PreconditionFailed',
          'At least one of the pre-conditions you specified did not hold',
          {
            statusCode: 412,
          },
        );
      }
      const object: StoredObject = {
        key: input.Key,
        bytes,
        etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
        modified: aws.clock.now(),
        contentType: input.ContentType ?? 'binary/octet-stream',
        cacheControl: input.CacheControl,
        contentEncoding: input.ContentEncoding,
        metadata: { ...input.Metadata },
        versionId: bucket.versioning === 'Enabled' ? randomBytes(16).toString('base64url') : undefined,
      };
      bucket.objects.set(input.Key, bucket.versioning === 'Enabled' ? [...held, object] : [object]);
      return { ETag: object.etag, ...versionOf(object) };
    },
    GetObject: ({ Bucket, Key, VersionId }) => {
      const object = objectOf(bucketOf(buckets, Bucket), Key, VersionId);
      return { ...headOf(object), Body: object.bytes as never };
    },
    HeadObject: ({ Bucket, Key, VersionId }) => headOf(objectOf(bucketOf(buckets, Bucket), Key, VersionId)),
    DeleteObject: ({ Bucket, Key }) => {
      bucketOf(buckets, Bucket).objects.delete(Key);
      return {};
    },
    DeleteObjects: ({ Bucket, Delete }) => {
      const { objects } = bucketOf(buckets, Bucket);
      for (const { Key } of Delete.Objects) objects.delete(Key);
      return { Deleted: Delete.Quiet ? [] : Delete.Objects.map(({ Key }) => ({ Key })) };
    },
    ListObjectsV2: (input) => {
      const { Bucket, Prefix = '', ContinuationToken, MaxKeys = 1000 } = input;
      const found = [...bucketOf(buckets, Bucket).objects.values()]
        .flatMap((versions) => versions.at(-1) ?? [])
        .filter(({ key }) => key.startsWith(Prefix) && key > (input.StartAfter ?? ''))
        .toSorted((one, other) => (one.key < other.key ? -1 : 1));
      const page = pageOf(found, {
        token: ContinuationToken,
        size: MaxKeys,
        invalidToken: 'InvalidArgument',
      });
      return {
        Name: Bucket,
        Prefix,
        MaxKeys,
        KeyCount: page.items.length,
        IsTruncated: page.nextToken !== undefined,
        ...(page.nextToken === undefined ? {} : { NextContinuationToken: page.nextToken }),
        Contents: page.items.map(({ key, bytes, etag, modified }) => ({
          Key: key,
          Size: bytes.byteLength,
          ETag: etag,
          LastModified: modified,
          StorageClass: 'STANDARD',
        })),
      };
    },
  };
}

const versionOf = ({ versionId }: StoredObject) => (versionId === undefined ? {} : { VersionId: versionId });

const headOf = (object: StoredObject) => ({
  ContentLength: object.bytes.byteLength,
  ContentType: object.contentType,
  ...(object.cacheControl === undefined ? {} : { CacheControl: object.cacheControl }),
  ...(object.contentEncoding === undefined ? {} : { ContentEncoding: object.contentEncoding }),
  ETag: object.etag,
  LastModified: object.modified,
  Metadata: object.metadata,
  ...versionOf(object),
});
