import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { KeyAndCertificate } from '../load-balancer/certificate.ts';
import { readCommand } from './command.ts';
import { createKeyspace, keyOf } from './keyspace.ts';

/** Who has signed in, and which keys are theirs. */
export interface CacheUser {
  mayUse(key: string): boolean;
}

export interface CacheServerOptions {
  address: string;
  /** 0 takes any free port. */
  port: number;
  /** Present where the connection is to be encrypted. */
  tls?: KeyAndCertificate;
  /** Present where one must sign in: undefined for who is refused. */
  signIn?: (user: string, password: string) => Promise<CacheUser | undefined>;
}

export interface CacheServer {
  port: number;
  stop(): Promise<void>;
}

/** A cache in memory that speaks RESP2. It outlives every task: what was made on blue is there on green. */
export async function startCacheServer(options: CacheServerOptions): Promise<CacheServer> {
  const { address, tls, signIn } = options;
  const keyspace = createKeyspace();
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    converse(socket, async (parts, session) => {
      if (parts[0]?.toUpperCase() === 'AUTH') {
        session.user = await signIn?.(parts[1] ?? '', parts[2] ?? '');
        return session.user
          ? '+OK\r\n'
          : '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
      }
      if (signIn && !session.user) return '-NOAUTH Authentication required.\r\n';
      const key = keyOf(parts);
      if (key !== undefined && session.user?.mayUse(key) === false) {
        return '-NOPERM No permissions to access a key\r\n';
      }
      return keyspace.execute(parts);
    });
  };
  const server: Server = tls ? createTlsServer(tls, serve) : createServer(serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, address, () => resolve());
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the cache does not listen on TCP');
  return {
    port: bound.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Session {
  user: CacheUser | undefined;
}

/** Answers a connection's commands in the order in which they come. */
function converse(
  socket: Socket,
  reply: (parts: readonly string[], session: Session) => Promise<string>,
): void {
  const session: Session = { user: undefined };
  let buffered = Buffer.alloc(0);
  let isBusy = false;
  const answerAll = async () => {
    if (isBusy) return;
    isBusy = true;
    for (let command = readCommand(buffered); command; command = readCommand(buffered)) {
      buffered = buffered.subarray(command.end);
      const answer = await reply(command.parts, session);
      if (!socket.destroyed) socket.write(answer);
    }
    isBusy = false;
  };
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    void answerAll();
  });
}
