import { type CacheEndpoint, openCache } from './cache.ts';
import { cacheToken } from './cache-token.ts';

/**
 * What the services remember. Shared by all tasks through ElastiCache at `CACHE_HOST`, where `CACHE_USER` signs in by
 * the task's role and sees the keys of its own service, or through the Redis of `REDIS_URL`; else this task's own.
 */
export interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** False when the key is there already. */
  add(key: string, value: unknown): Promise<boolean>;
  push(key: string, value: unknown): Promise<void>;
  /** The newest `limit` values that were pushed, newest first. */
  list(key: string, limit: number): Promise<unknown[]>;
  ping(): Promise<boolean>;
}

export function openStore(): Store {
  const { CACHE_HOST: host, CACHE_USER: user = '', REDIS_URL: url } = process.env;
  if (host) return sharedStore({ host, port: 6379, signIn: { user, password: () => cacheToken(user) } });
  if (!url) return memoryStore();
  const { hostname, port } = new URL(url);
  return sharedStore({ host: hostname, port: Number(port || 6379) });
}

function memoryStore(): Store {
  const values = new Map<string, unknown>();
  const lists = new Map<string, unknown[]>();
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    add: async (key, value) => {
      if (values.has(key)) return false;
      values.set(key, value);
      return true;
    },
    push: async (key, value) => void lists.set(key, [value, ...(lists.get(key) ?? [])].slice(0, LIST_LIMIT)),
    list: async (key, limit) => (lists.get(key) ?? []).slice(0, limit),
    ping: async () => true,
  };
}

const LIST_LIMIT = 1000;

function sharedStore(cache: CacheEndpoint): Store {
  const command = openCache(cache);
  const decode = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : undefined);
  return {
    get: async (key) => decode(await command('GET', key)),
    set: async (key, value) => void (await command('SET', key, JSON.stringify(value))),
    add: async (key, value) => (await command('SET', key, JSON.stringify(value), 'NX')) === 'OK',
    push: async (key, value) => {
      await Promise.all([
        command('LPUSH', key, JSON.stringify(value)),
        command('LTRIM', key, '0', String(LIST_LIMIT - 1)),
      ]);
    },
    list: async (key, limit) => {
      const values = await command('LRANGE', key, '0', String(limit - 1));
      return Array.isArray(values) ? values.map(decode) : [];
    },
    ping: async () => (await command('PING')) === 'PONG',
  };
}
