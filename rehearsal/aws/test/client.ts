import type { Credentials } from '@aws-sdk/client-sts';
import type { EmbeddedAws } from '../server.ts';

/** How a test configures an SDK client: everything said, nothing from the machine's own environment. */
export function clientOptions(aws: EmbeddedAws, credentials?: Partial<Credentials>) {
  return {
    endpoint: aws.url,
    region: aws.kernel.region,
    maxAttempts: 1,
    credentials: {
      accessKeyId: credentials?.AccessKeyId ?? 'AKIATEST',
      secretAccessKey: credentials?.SecretAccessKey ?? 'secret',
      ...(credentials?.SessionToken ? { sessionToken: credentials.SessionToken } : {}),
    },
  };
}
