import type { Service } from '../context.ts';
import { asList, asRecord } from '../template/json.ts';
import { need, words } from './need.ts';

/** https://aws.amazon.com/s3/pricing */
export const s3: Service = {
  rules: {
    'AWS::S3::Bucket': () => ({ free: 'no fixed cost; storage and requests are priced for the environment' }),
    'AWS::S3::BucketPolicy': () => ({ free: 'only a policy' }),
    'AWS::S3::AccessPoint': () => ({ free: 'only a way to a bucket' }),
  },
  uses: [
    {
      name: 'S3',
      types: ['AWS::S3::Bucket'],
      needs: (subject, context) => {
        const gb = context.usage('s3.gb', subject);
        const puts = context.usage('s3.puts-thousands', subject);
        const gets = context.usage('s3.gets-thousands', subject);
        return [
          need('storage', 's3.std_gb', gb, `${words(gb)} GB`),
          need('PUT requests', 's3.put_1k', puts, `${words(puts)} thousand`),
          need('GET requests', 's3.get_1k', gets, `${words(gets)} thousand`),
        ];
      },
    },
    {
      name: 'S3 replication',
      types: ['AWS::S3::Bucket'],
      needs: (subject, context, buckets) => {
        const replicates = buckets.some(
          ({ properties }) => asList(asRecord(properties.ReplicationConfiguration).Rules).length > 0,
        );
        if (!replicates) return [];
        const gb = context.usage('s3.replicated-gb', subject);
        const kept = context.usage('s3.replica-gb', subject);
        return [
          need('to another region', 's3.replication_gb', gb, `${words(gb)} GB replicated`),
          need('copies', 's3.std_gb', kept, `${words(kept)} GB, at the price of the first region`),
        ];
      },
    },
  ],
};
