import { createServer } from 'node:net';

/** A loopback address that one load balancer, or one name of the edge, has to itself, on the whole machine. */
export interface ClaimedAddress {
  address: string;
  release: () => void;
}

/** Held open on a claimed address, so that no other embedded AWS on this machine takes it. */
const CLAIM_PORT = 65_535;
/** A /16 without its first address. */
const ADDRESSES = 65_535;

/** Claims the next free address of 127.64.0.0/16. Rejects when the machine has no such addresses. */
export const claimAddress = addressPool(64);

/** Claims addresses of 127.SECOND.0.0/16, one after the other. */
export function addressPool(second: number): () => Promise<ClaimedAddress> {
  let next = 1;
  return async () => {
    for (let tried = 0; tried < ADDRESSES; tried++) {
      const address = `127.${second}.${(next >> 8) & 0xff}.${next & 0xff}`;
      next = next === ADDRESSES ? 1 : next + 1;
      const release = await claim(address);
      if (release) return { address, release };
    }
    throw new Error(`Every address of 127.${second}.0.0/16 is taken by some embedded AWS`);
  };
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
    `This machine has no loopback address ${address}, which the embedded AWS needs. ` +
    `Linux has all of 127.0.0.0/8; on macOS add it with: sudo ifconfig lo0 alias ${address}`
  );
}
