import type { KeyValueStore } from '@aws-sdk/client-cloudfront';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import {
  arnOf,
  checkIfMatch,
  invalid,
  type KeyValueStoreRecord,
  newId,
  newUuid,
  type State,
} from './state.ts';

export function keyValueStoreOperations(state: State): Handlers<'cloudfront'> {
  const { keyValueStores } = state;
  return {
    CreateKeyValueStore: ({ Name, Comment, ImportSource, Tags }) => {
      if (ImportSource) throw invalid('The embedded AWS does not import key value stores from S3.');
      if (keyValueStores.has(Name)) {
        throw awsError('EntityAlreadyExists', `A key value store with this name already exists: ${Name}`);
      }
      const record = newRecord(state, Name, Comment);
      keyValueStores.set(Name, record);
      state.tags.set(record.arn, Tags?.Items ?? []);
      return { KeyValueStore: record.description, ETag: record.etag, Location: record.arn };
    },
    DescribeKeyValueStore: ({ Name }) => {
      const { description, etag } = storeOf(state, Name);
      return { KeyValueStore: description, ETag: etag };
    },
    UpdateKeyValueStore: ({ Name, Comment, IfMatch }) => {
      const record = storeOf(state, Name);
      checkIfMatch(IfMatch, record.etag);
      const LastModifiedTime = state.aws.clock.now();
      record.description = { ...record.description, Comment, LastModifiedTime };
      record.etag = newId();
      return { KeyValueStore: record.description, ETag: record.etag };
    },
    ListKeyValueStores: () => ({
      KeyValueStoreList: {
        MaxItems: 50,
        Quantity: keyValueStores.size,
        Items: [...keyValueStores.values()].map(({ description }) => description),
      },
    }),
    DeleteKeyValueStore: ({ Name, IfMatch }) => {
      const record = storeOf(state, Name);
      checkIfMatch(IfMatch, record.etag);
      if (isUsed(state, record)) {
        throw awsError(
          'CannotDeleteEntityWhileInUse',
          'The key value store is associated with a function, and cannot be deleted.',
        );
      }
      keyValueStores.delete(Name);
      state.tags.delete(record.arn);
      return {};
    },
  };
}

function newRecord(state: State, Name: string, Comment: string | undefined): KeyValueStoreRecord {
  const Id = newUuid();
  const arn = arnOf(state, `key-value-store/${Id}`);
  const created = state.aws.clock.now();
  const description: KeyValueStore = {
    Name,
    Id,
    ARN: arn,
    Comment: Comment ?? '',
    Status: 'READY',
    LastModifiedTime: created,
  };
  const etags = { etag: newId(), itemsEtag: newId('KV') };
  return { description, arn, created, items: new Map(), seen: new Map(), ...etags };
}

function storeOf({ keyValueStores }: State, name: string): KeyValueStoreRecord {
  const record = keyValueStores.get(name);
  if (!record) throw awsError('EntityNotFound', 'The key value store does not exist.');
  return record;
}

function isUsed({ functions }: State, { arn }: KeyValueStoreRecord): boolean {
  return [...functions.values()].some(({ development, live }) =>
    [development, live].some((stage) =>
      stage?.config.KeyValueStoreAssociations?.Items?.some(
        ({ KeyValueStoreARN }) => KeyValueStoreARN === arn,
      ),
    ),
  );
}
