import { createServer } from 'node:net';
import { StartError } from './runtime.ts';

const first = 127 * 2 ** 24 + 2 ** 16;
const last = 127 * 2 ** 24 + 255 * 2 ** 16 + 254 * 2 ** 8 + 254;
const attempts = 20;

/**
 * Addresses of loopback (127.1.0.0 to 127.255.254.254), each handed out once. The first is chosen at
 * random so that several embedded AWS on a machine seldom meet; where they do, a taken port shows it.
 */
export function createAddresses(): { allocate(ports: readonly number[]): Promise<string> } {
  let next = first + Math.floor(Math.random() * (last - first));
  return {
    allocate: async (ports) => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        next = next >= last ? first : next + 1;
        const address = [next >>> 24, (next >>> 16) & 255, (next >>> 8) & 255, next & 255].join('.');
        const free = await Promise.all(ports.map((port) => isFree(address, port)));
        if (free.every(Boolean)) return address;
      }
      throw new StartError(
        `no address of 127.0.0.0/8 was found on which port ${ports.join(' and ')} is free: another process listens on all addresses`,
      );
    },
  };
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
