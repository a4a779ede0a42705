import '@aws-sdk/signature-v4a';
import type { LookupFunction } from 'node:net';
import {
  CloudFrontKeyValueStoreClient,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  PutKeyCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { abortable, clientOptions } from '../common/aws.ts';

/** The key value store whose keys the gate before green asks for. */
export interface KeyValueStore {
  put(key: string, value: string): Promise<void>;
  /** That the key is not there is as good. */
  remove(key: string): Promise<void>;
}

/** Others may change the store in the same moment: then its new version is read, and it is tried again. */
const ATTEMPTS = 10;

export function keyValueStore(arn: string, deadline: number, signal?: AbortSignal): KeyValueStore {
  const options = clientOptions(deadline);
  const client = new CloudFrontKeyValueStoreClient({
    ...options,
    requestHandler: { ...options.requestHandler, httpAgent: { lookup: localhost } },
  });
  const change = async (send: (version: string) => Promise<unknown>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const { ETag = '' } = await client.send(
        new DescribeKeyValueStoreCommand({ KvsARN: arn }),
        abortable(signal),
      );
      try {
        await send(ETag);
        return;
      } catch (error) {
        if (nameOf(error) !== 'ConflictException' || attempt === ATTEMPTS) throw error;
      }
    }
  };
  return {
    put: (Key, Value) =>
      change((IfMatch) =>
        client.send(new PutKeyCommand({ KvsARN: arn, Key, Value, IfMatch }), abortable(signal)),
      ),
    remove: (Key) =>
      change(async (IfMatch) => {
        const command = new DeleteKeyCommand({ KvsARN: arn, Key, IfMatch });
        await client.send(command, abortable(signal)).catch((error: unknown) => {
          if (nameOf(error) !== 'ResourceNotFoundException') throw error;
        });
      }),
  };
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');

/**
 * The client puts the account's number before the host of a custom endpoint, so that one on this machine is
 * 123456789012.localhost: such names are loopback (RFC 6761, 6.3), which not every resolver knows. Plain HTTP
 * only: CloudFront's own endpoint is not looked up here.
 */
const localhost: LookupFunction = (hostname, options, callback) => {
  if (!hostname.endsWith('.localhost')) {
    void import('node:dns').then(({ lookup }) => lookup(hostname, options, callback));
  } else if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
