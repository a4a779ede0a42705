import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { type Health, initialHealth } from './health.ts';

export type TargetProtocol = 'HTTP' | 'HTTPS';

/** A registered address and port, with the connections that the load balancer keeps to it. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** `ADDRESS:PORT`; a target group knows a target by it. */
  readonly key: string;
  readonly protocol: TargetProtocol;
  readonly availabilityZone?: string;
  /** Keep-alive connections. */
  readonly pool: HttpAgent;
  readonly inFlight: Set<ClientRequest>;
  /** Connections that speak WebSocket by now. */
  readonly upgraded: Set<Duplex>;
  health: Health;
}

export function createTarget(
  at: { address: string; port: number; availabilityZone?: string },
  protocol: TargetProtocol,
): Target {
  const options = { keepAlive: true, maxFreeSockets: 128, scheduling: 'lifo' } as const;
  return {
    ...at,
    key: targetKey(at),
    protocol,
    pool:
      protocol === 'HTTPS'
        ? new HttpsAgent({ ...options, rejectUnauthorized: false })
        : new HttpAgent(options),
    inFlight: new Set(),
    upgraded: new Set(),
    health: initialHealth,
  };
}

export function targetKey(at: { address: string; port: number }): string {
  return `${at.address}:${at.port}`;
}

/** No idle connection stays, and none is kept once its request has ended. */
export function releaseConnections(target: Target): void {
  target.pool.maxFreeSockets = 0;
  for (const sockets of Object.values(target.pool.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

/** Ends what is still in flight; its clients get a 502. */
export function severConnections(target: Target): void {
  for (const request of target.inFlight) request.destroy(new Error('The deregistration delay has passed'));
  for (const socket of target.upgraded) socket.destroy();
  target.pool.destroy();
}
