/** What a cache holds: as much of Redis's and Valkey's commands as services of a small shop speak. */
export interface Keyspace {
  /** @returns the reply, in RESP2 */
  execute(parts: readonly string[]): string;
}

/** The commands whose second part is a key. */
const KEYED = new Set(['GET', 'SET', 'DEL', 'LPUSH', 'LTRIM', 'LRANGE']);

/** The key that a command reads or writes, if it does. */
export const keyOf = ([name = '', key]: readonly string[]): string | undefined =>
  KEYED.has(name.toUpperCase()) ? key : undefined;

export function createKeyspace(): Keyspace {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const range = (key: string, first: string, last: string) =>
    (lists.get(key) ?? []).slice(Number(first), Number(last) + 1);
  return {
    execute: ([name = '', key = '', first = '', second = '']) => {
      switch (name.toUpperCase()) {
        case 'PING':
          return '+PONG\r\n';
        case 'GET':
          return bulk(values.get(key));
        case 'SET':
          if (second.toUpperCase() === 'NX' && values.has(key)) return bulk(undefined);
          values.set(key, first);
          return '+OK\r\n';
        case 'DEL':
          return `:${Number(values.delete(key) || lists.delete(key))}\r\n`;
        case 'LPUSH': {
          const list = [first, ...(lists.get(key) ?? [])];
          lists.set(key, list);
          return `:${list.length}\r\n`;
        }
        case 'LTRIM':
          lists.set(key, range(key, first, second));
          return '+OK\r\n';
        case 'LRANGE': {
          const found = range(key, first, second);
          return `*${found.length}\r\n${found.map(bulk).join('')}`;
        }
        default:
          return `-ERR unknown command '${name}'\r\n`;
      }
    },
  };
}

const bulk = (value: string | undefined) =>
  value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
