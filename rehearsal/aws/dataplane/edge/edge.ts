import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { addressPool, type ClaimedAddress } from '../load-balancer/address.ts';
import { serve } from './serve.ts';
import type { Site } from './site.ts';

/** CloudFront's edge on this machine: for every name an address of loopback that listens. */
export interface Edge {
  /**
   * Where a name is reached, `http://127.65.0.1:8080`. A name keeps its address for as long as the edge runs,
   * whether there is a distribution for it or not.
   */
  urlOf(name: string): Promise<string>;
  /** Serves a distribution from the next request on. */
  publish(site: Site): Promise<void>;
  withdraw(id: string): void;
  stop(): Promise<void>;
}

/** One for all: every name has an address of its own. */
const PORT = 8080;
/** CloudFront keeps a viewer's idle connection for ten minutes. */
const KEEP_ALIVE = 600_000;
const MAX_HEADER_BYTES = 32 * 1_024;

interface Entry {
  server: Server;
  claimed: ClaimedAddress;
}

const claimAddress = addressPool(65);

export function createEdge(clock: Clock, log: (line: string) => void): Edge {
  const entries = new Map<string, Promise<Entry>>();
  const sites = new Map<string, Site>();
  const siteOf = (host: string) =>
    [...sites.values()].find(({ aliases, domainName }) => aliases.includes(host) || domainName === host);

  const entryOf = (name: string): Promise<Entry> => {
    const known = entries.get(name);
    if (known) return known;
    const opening = open(name, (message, response, address) => {
      const host = (message.headers.host ?? '').replace(/:\d+$/, '');
      const asked = host === '' || host === address ? name : host;
      serve({ clock, log, site: siteOf(asked), host: asked }, message, response);
    });
    entries.set(name, opening);
    opening.then(
      ({ claimed }) => log(`${name} is at http://${claimed.address}:${PORT}`),
      () => entries.delete(name),
    );
    return opening;
  };

  return {
    urlOf: async (name) => `http://${(await entryOf(name)).claimed.address}:${PORT}`,
    publish: async (site) => {
      await Promise.all(site.aliases.map(entryOf));
      closeOrigins(sites.get(site.id));
      sites.set(site.id, site);
    },
    withdraw: (id) => {
      closeOrigins(sites.get(id));
      sites.delete(id);
    },
    stop: async () => {
      for (const site of sites.values()) closeOrigins(site);
      const opened = await Promise.all(entries.values());
      await Promise.all(opened.map(close));
    },
  };
}

function closeOrigins(site: Site | undefined): void {
  for (const { origin } of site?.behaviours ?? []) origin.close();
}

type Listener = (message: IncomingMessage, response: ServerResponse, address: string) => void;

async function open(name: string, listener: Listener): Promise<Entry> {
  const claimed = await claimAddress();
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE },
    (message, response) => listener(message, response, claimed.address),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: claimed.address, port: PORT, backlog: 1_024 }, resolve);
    });
  } catch (error) {
    claimed.release();
    throw new Error(`The edge cannot listen for ${name}: ${String(error)}`, { cause: error });
  }
  return { server, claimed };
}

async function close({ server, claimed }: Entry): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  claimed.release();
}
