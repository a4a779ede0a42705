import { type KeyValueStoreRecord, newId, type State } from '../cloudfront/state.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService } from '../kernel/service.ts';

/** CloudFront's quotas, in bytes. */
const MOST = { key: 512, value: 1_024, store: 5 * 1_024 * 1_024 };
/** Simulated milliseconds until the functions at every edge see a change. */
const PROPAGATION = 2_000;

/** The API of the keys and values in CloudFront's key value stores. */
export function createKeyValueStores(state: State): EmbeddedService<'cloudfront-keyvaluestore'> {
  const changed = (store: KeyValueStoreRecord) => {
    store.itemsEtag = newId('KV');
    const items = new Map(store.items);
    state.aws.clock.after(PROPAGATION, () => {
      store.seen = items;
    });
    return { ...sizesOf(store), ETag: store.itemsEtag };
  };
  return {
    id: 'cloudfront-keyvaluestore',
    operations: {
      DescribeKeyValueStore: ({ KvsARN }) => {
        const store = storeOf(state, KvsARN);
        const { created, itemsEtag, description } = store;
        return {
          ...sizesOf(store),
          KvsARN,
          Created: created,
          ETag: itemsEtag,
          LastModified: description.LastModifiedTime,
          Status: description.Status,
        };
      },
      GetKey: ({ KvsARN, Key }) => {
        const store = storeOf(state, KvsARN);
        const Value = store.items.get(Key);
        if (Value === undefined) throw notFound(`Key ${Key} was not found.`);
        return { ...sizesOf(store), Key, Value };
      },
      ListKeys: ({ KvsARN, NextToken, MaxResults = 10 }) => {
        const { items } = storeOf(state, KvsARN);
        const page = pageOf([...items].toSorted(), {
          token: NextToken,
          size: MaxResults,
          invalidToken: 'ValidationException',
        });
        return {
          Items: page.items.map(([Key, Value]) => ({ Key, Value })),
          ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
        };
      },
      PutKey: ({ KvsARN, Key, Value, IfMatch }) => {
        const store = matching(state, KvsARN, IfMatch);
        checkItem(store, Key, Value);
        store.items.set(Key, Value);
        return changed(store);
      },
      DeleteKey: ({ KvsARN, Key, IfMatch }) => {
        const store = matching(state, KvsARN, IfMatch);
        if (!store.items.delete(Key)) throw notFound(`Key ${Key} was not found.`);
        return changed(store);
      },
      UpdateKeys: ({ KvsARN, IfMatch, Puts = [], Deletes = [] }) => {
        const store = matching(state, KvsARN, IfMatch);
        for (const { Key, Value } of Puts) checkItem(store, Key, Value);
        for (const { Key, Value } of Puts) store.items.set(Key, Value);
        for (const { Key } of Deletes) store.items.delete(Key);
        return changed(store);
      },
    },
  };
}

function storeOf({ keyValueStores }: State, arn: string): KeyValueStoreRecord {
  const store = [...keyValueStores.values()].find((each) => each.arn === arn);
  if (!store) throw notFound(`The key value store ${arn} was not found.`);
  return store;
}

function matching(state: State, arn: string, ifMatch: string): KeyValueStoreRecord {
  const store = storeOf(state, arn);
  if (store.itemsEtag !== ifMatch) throw awsError('ConflictException', 'Pre-Condition failed');
  return store;
}

function checkItem(store: KeyValueStoreRecord, key: string, value: string): void {
  if (Buffer.byteLength(key) > MOST.key || Buffer.byteLength(value) > MOST.value) {
    throw awsError(
      'ValidationException',
      `A key has at most ${MOST.key} bytes, and a value at most ${MOST.value}.`,
    );
  }
  if (bytesOf(store) + Buffer.byteLength(key) + Buffer.byteLength(value) > MOST.store) {
    throw awsError('ServiceQuotaExceededException', 'The key value store is full: 5 MB.');
  }
}

const bytesOf = ({ items }: KeyValueStoreRecord) =>
  [...items].reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);

const sizesOf = (store: KeyValueStoreRecord) => ({
  ItemCount: store.items.size,
  TotalSizeInBytes: bytesOf(store),
});

const notFound = (message: string) => awsError('ResourceNotFoundException', message);
