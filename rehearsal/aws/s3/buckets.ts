import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { type Bucket, bucketOf } from './state.ts';

const NAME = /^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function bucketOperations(aws: Aws, buckets: Map<string, Bucket>): Handlers<'s3'> {
  return {
    CreateBucket: ({ Bucket: name }, { region }) => {
      if (!NAME.test(name)) throw awsError('InvalidBucketName', 'The specified bucket is not valid.');
      if (buckets.has(name)) {
        throw awsError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          { statusCode: 409 },
        );
      }
      buckets.set(name, {
        name,
        created: aws.clock.now(),
        region,
        encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        versioning: undefined,
        policy: undefined,
        publicAccess: undefined,
        lifecycle: undefined,
        tags: [],
        objects: new Map(),
      });
      return { Location: `/${name}` };
    },
    HeadBucket: ({ Bucket: name }) => ({ BucketRegion: bucketOf(buckets, name).region }),
    ListBuckets: () => ({
      Buckets: [...buckets.values()].map(({ name, created }) => ({ Name: name, CreationDate: created })),
      Owner: { ID: aws.accountId },
    }),
    DeleteBucket: ({ Bucket: name }) => {
      if (bucketOf(buckets, name).objects.size > 0) {
        throw awsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { statusCode: 409 });
      }
      buckets.delete(name);
      return {};
    },
    GetBucketLocation: ({ Bucket: name }) => {
      const { region } = bucketOf(buckets, name);
      return region === 'us-east-1' ? {} : { LocationConstraint: region as never };
    },
    ...settingOperations(buckets),
    ...policyOperations(buckets),
  };
}

function settingOperations(buckets: Map<string, Bucket>): Handlers<'s3'> {
  return {
    GetBucketEncryption: ({ Bucket: name }) => ({
      ServerSideEncryptionConfiguration: bucketOf(buckets, name).encryption,
    }),
    PutBucketEncryption: ({ Bucket: name, ServerSideEncryptionConfiguration }) => {
      bucketOf(buckets, name).encryption = ServerSideEncryptionConfiguration;
      return {};
    },
    GetBucketVersioning: ({ Bucket: name }) => {
      const { versioning } = bucketOf(buckets, name);
      return versioning === undefined ? {} : { Status: versioning };
    },
    PutBucketVersioning: ({ Bucket: name, VersioningConfiguration }) => {
      bucketOf(buckets, name).versioning = VersioningConfiguration.Status;
      return {};
    },
    PutBucketLifecycleConfiguration: ({ Bucket: name, LifecycleConfiguration }) => {
      bucketOf(buckets, name).lifecycle = LifecycleConfiguration;
      return {};
    },
    GetBucketLifecycleConfiguration: ({ Bucket: name }) => {
      const { lifecycle } = bucketOf(buckets, name);
      if (!lifecycle)
        throw missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
      return lifecycle;
    },
    PutBucketTagging: ({ Bucket: name, Tagging }) => {
      bucketOf(buckets, name).tags = Tagging.TagSet;
      return {};
    },
    GetBucketTagging: ({ Bucket: name }) => {
      const { tags } = bucketOf(buckets, name);
      if (tags.length === 0) throw missing('NoSuchTagSet', 'The TagSet does not exist');
      return { TagSet: tags };
    },
  };
}

function policyOperations(buckets: Map<string, Bucket>): Handlers<'s3'> {
  return {
    PutBucketPolicy: ({ Bucket: name, Policy }) => {
      bucketOf(buckets, name).policy = Policy;
      return {};
    },
    GetBucketPolicy: ({ Bucket: name }) => {
      const { policy } = bucketOf(buckets, name);
      if (policy === undefined) throw missing('NoSuchBucketPolicy', 'The bucket policy does not exist');
      return { Policy: policy };
    },
    DeleteBucketPolicy: ({ Bucket: name }) => {
      bucketOf(buckets, name).policy = undefined;
      return {};
    },
    PutPublicAccessBlock: ({ Bucket: name, PublicAccessBlockConfiguration }) => {
      bucketOf(buckets, name).publicAccess = PublicAccessBlockConfiguration;
      return {};
    },
    GetPublicAccessBlock: ({ Bucket: name }) => {
      const { publicAccess } = bucketOf(buckets, name);
      if (!publicAccess) {
        throw missing(
          'NoSuchPublicAccessBlockConfiguration',
          'The public access block configuration was not found',
        );
      }
      return { PublicAccessBlockConfiguration: publicAccess };
    },
  };
}

const missing = (code: string, message: string) => awsError(code, message, { statusCode: 404 });
