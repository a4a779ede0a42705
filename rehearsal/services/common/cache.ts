import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a cache is, and how one signs in. Who signs in does so behind TLS. */
export interface CacheEndpoint {
  host: string;
  port: number;
  signIn?: { user: string; password: () => Promise<string> };
}

type Command = (...parts: string[]) => Promise<unknown>;

/** One connection, opened again when it is lost; commands pipelined, replies in order. */
export function openCache(cache: CacheEndpoint): Command {
  let opened: Promise<Command> | undefined;
  const open = async (): Promise<Command> => {
    const command = openConnection(cache, () => {
      opened = undefined;
    });
    if (cache.signIn) await command('AUTH', cache.signIn.user, await cache.signIn.password());
    return command;
  };
  return async (...parts) => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return (await opened)(...parts);
  };
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function openConnection({ host, port, signIn }: CacheEndpoint, onLost: () => void): Command {
  let waiting: Waiting[] = [];
  let buffered = Buffer.alloc(0);
  const socket: Socket = signIn ? connectTls({ host, port }) : connect(port, host);
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (let reply = readReply(buffered, 0); reply; reply = readReply(buffered, 0)) {
      buffered = buffered.subarray(reply.end);
      const next = waiting.shift();
      if (reply.value instanceof Error) next?.reject(reply.value);
      else next?.resolve(reply.value);
    }
  });
  const lost = (error?: Error) => {
    onLost();
    const failed = waiting;
    waiting = [];
    for (const { reject } of failed) reject(error ?? new Error(`the connection to ${host} was closed`));
  };
  socket.on('error', lost);
  socket.on('close', () => lost());
  return (...parts) =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new Error(`the connection to ${host} was closed`));
      waiting.push({ resolve, reject });
      const strings = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
      socket.write(`*${parts.length}\r\n${strings.join('')}`);
    });
}

interface Reply {
  value: unknown;
  end: number;
}

function readReply(bytes: Buffer, start: number): Reply | undefined {
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

function readBulk(bytes: Buffer, start: number, length: number): Reply | undefined {
  if (length < 0) return { value: null, end: start };
  if (bytes.length < start + length + 2) return undefined;
  return { value: bytes.toString('utf8', start, start + length), end: start + length + 2 };
}

function readArray(bytes: Buffer, start: number, length: number): Reply | undefined {
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
