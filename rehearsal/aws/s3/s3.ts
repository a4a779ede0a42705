import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { bucketOperations } from './buckets.ts';
import { objectOperations } from './objects.ts';
import type { Bucket } from './state.ts';

/** S3 with buckets and objects in memory. Policies and lifecycles are kept, and not followed. */
export function createS3(aws: Aws): EmbeddedService<'s3'> {
  const buckets = new Map<string, Bucket>();
  return {
    id: 's3',
    operations: { ...bucketOperations(aws, buckets), ...objectOperations(aws, buckets) },
  };
}
