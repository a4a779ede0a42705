import { connect, type Socket } from 'node:net';

/** What the services remember. Shared by all tasks through Redis when `REDIS_URL` is set, else this task's own. */
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
  const url = process.env.REDIS_URL;
  return url ? redisStore(new URL(url)) : memoryStore();
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

function redisStore(url: URL): Store {
  const command = redisConnection(url);
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

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** One connection, commands pipelined, replies in order (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). */
function redisConnection(url: URL): (...parts: string[]) => Promise<unknown> {
  let socket: Socket | undefined;
  let waiting: Waiting[] = [];

  const open = (): Socket => {
    let buffered = Buffer.alloc(0);
    const opened = connect(Number(url.port || 6379), url.hostname).setNoDelay(true);
    opened.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      for (let reply = readReply(buffered, 0); reply; reply = readReply(buffered, 0)) {
        buffered = buffered.subarray(reply.end);
        const next = waiting.shift();
        if (reply.value instanceof Error) next?.reject(reply.value);
        else next?.resolve(reply.value);
      }
    });
    const lost = (error?: Error) => {
      if (socket !== opened) return;
      socket = undefined;
      const failed = waiting;
      waiting = [];
      for (const { reject } of failed) reject(error ?? new Error(`the connection to ${url.host} was closed`));
    };
    opened.on('error', lost);
    opened.on('close', () => lost());
    return opened;
  };

  return (...parts) =>
    new Promise((resolve, reject) => {
      socket ??= open();
      waiting.push({ resolve, reject });
      socket.write(
        `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`,
      );
    });
}

interface RedisReply {
  value: unknown;
  end: number;
}

function readReply(bytes: Buffer, start: number): RedisReply | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const head = bytes.toString('utf8', start + 1, lineEnd);
  const after = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { value: head, end: after };
    case '-':
      return { value: new Error(head), end: after };
    case ':':
      return { value: Number(head), end: after };
    case '$':
      return readBulk(bytes, after, Number(head));
    case '*':
      return readArray(bytes, after, Number(head));
    default:
      return { value: new Error(`not RESP: ${head}`), end: after };
  }
}

function readBulk(bytes: Buffer, start: number, length: number): RedisReply | undefined {
  if (length < 0) return { value: null, end: start };
  if (bytes.length < start + length + 2) return undefined;
  return { value: bytes.toString('utf8', start, start + length), end: start + length + 2 };
}

function readArray(bytes: Buffer, start: number, length: number): RedisReply | undefined {
  const values: unknown[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = readReply(bytes, end);
    if (!item) return undefined;
    values.push(item.value);
    end = item.end;
  }
  return { value: values, end };
}
