import { createServer, type Socket } from 'node:net';

/**
 * The marketplace's cache: as much of Redis as the example services speak (RESP2), in memory.
 * It outlives every task, so what a user made on blue is there on green.
 */
export interface Cache {
  /** `redis://127.0.0.1:PORT` */
  url: string;
  stop(): Promise<void>;
}

export async function startCache(): Promise<Cache> {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    let buffered = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      const replies: string[] = [];
      for (let command = readCommand(buffered); command; command = readCommand(buffered)) {
        buffered = buffered.subarray(command.end);
        replies.push(execute(values, lists, command.parts));
      }
      if (replies.length > 0) socket.write(replies.join(''));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the cache does not listen on TCP');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function readCommand(bytes: Buffer): { parts: string[]; end: number } | undefined {
  const line = (start: number) => {
    const end = bytes.indexOf('\r\n', start);
    return end < 0 ? undefined : { text: bytes.toString('utf8', start + 1, end), end: end + 2 };
  };
  const head = line(0);
  if (!head) return undefined;
  const parts: string[] = [];
  let end = head.end;
  for (let index = 0; index < Number(head.text); index++) {
    const length = line(end);
    if (!length) return undefined;
    const stop = length.end + Number(length.text);
    if (bytes.length < stop + 2) return undefined;
    parts.push(bytes.toString('utf8', length.end, stop));
    end = stop + 2;
  }
  return { parts, end };
}

const bulk = (value: string | undefined) =>
  value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`;

function execute(
  values: Map<string, string>,
  lists: Map<string, string[]>,
  parts: readonly string[],
): string {
  const [name = '', key = '', first = '', second = ''] = parts;
  switch (name.toUpperCase()) {
    case 'PING':
      return '+PONG\r\n';
    case 'GET':
      return bulk(values.get(key));
    case 'SET':
      if (second.toUpperCase() === 'NX' && values.has(key)) return bulk(undefined);
      values.set(key, first);
      return '+OK\r\n';
    case 'LPUSH': {
      const list = [first, ...(lists.get(key) ?? [])];
      lists.set(key, list);
      return `:${list.length}\r\n`;
    }
    case 'LTRIM':
      lists.set(key, (lists.get(key) ?? []).slice(Number(first), Number(second) + 1));
      return '+OK\r\n';
    case 'LRANGE': {
      const range = (lists.get(key) ?? []).slice(Number(first), Number(second) + 1);
      return `*${range.length}\r\n${range.map(bulk).join('')}`;
    }
    default:
      return `-ERR unknown command '${name}'\r\n`;
  }
}
