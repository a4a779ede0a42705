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
        const rules = buckets.flatMap(({ properties }) =>
          asList(asRecord(properties.ReplicationConfiguration).Rules).map(asRecord),
        );
        if (rules.length === 0) return [];
        const gb = context.usage('s3.replicated-gb', subject);
        const kept = context.usage('s3.replica-gb', subject);
        return [
          need('to another region', 's3.replication_gb', gb, `${words(gb)} GB replicated`),
          need('copies', copyPrice(rules), kept, `${words(kept)} GB, at the price of the first region`),
        ];
      },
    },
  ],
};

/** Copies have the class that the rule says, or that of the original; one of another class makes all dear. */
function copyPrice(rules: readonly Record<string, unknown>[]): 's3.ia_gb' | 's3.std_gb' {
  const infrequent = rules.every(({ Destination }) => asRecord(Destination).StorageClass === 'STANDARD_IA');
  return infrequent ? 's3.ia_gb' : 's3.std_gb';
}
