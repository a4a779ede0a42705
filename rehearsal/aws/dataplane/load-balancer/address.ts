import { createServer } from 'node:net';

/** A loopback address that one load balancer has to itself, on the whole machine. */
export interface ClaimedAddress {
  address: string;
  release: () => void;
}

/** Held open on a claimed address, so that no other embedded AWS on this machine takes it. */
const CLAIM_PORT = 65_535;
/** 127.64.0.0/16 without its first address. */
const ADDRESSES = 65_535;

let next = 1;

/** Claims the next free address of 127.64.0.0/16. Rejects when the machine has no such addresses. */
export async function claimAddress(): Promise<ClaimedAddress> {
  for (let tried = 0; tried < ADDRESSES; tried++) {
    const address = `127.64.${(next >> 8) & 0xff}.${next & 0xff}`;
    next = next === ADDRESSES ? 1 : next + 1;
    const release = await claim(address);
    if (release) return { address, release };
  }
  throw new Error('Every address of 127.64.0.0/16 is taken by a load balancer of some embedded AWS');
}

function claim(address: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(new Error(explain(address, error), { cause: error }));
    });
    server.listen({ host: address, port: CLAIM_PORT, exclusive: true }, () => {
      server.unref();
      resolve(() => server.close());
    });
  });
}

function explain(address: string, { code, message }: NodeJS.ErrnoException): string {
  if (code !== 'EADDRNOTAVAIL') return `The loopback address ${address} cannot be used: ${message}`;
  return (
    `This machine has no loopback address ${address}, which a load balancer needs. ` +
    `Linux has all of 127.0.0.0/8; on macOS add it with: sudo ifconfig lo0 alias ${address}`
  );
}
