import type { Clients } from './clients.ts';
import type { Deployment, LifecycleStep } from './deployment.ts';
import type { Release } from './release.ts';
import type { RolledBack } from './rollback.ts';

/** One moment of a release, for the summary's timeline. */
export interface Moment {
  at: Date;
  service: string;
  what: string;
}

/** A deployment as it was looked at last. */
export interface Watched {
  deployment: Deployment;
  steps: readonly LifecycleStep[];
}

/** One run of the action on one release: what it changes, it saves, so that the next run goes on from there. */
export interface Session {
  clients: Clients;
  release: Release;
  /** Writes `release` where `post` finds it. */
  save: () => void;
  log: (line: string) => void;
  signal?: AbortSignal;
  timeline: Moment[];
  /** `Install 12.3`, by service and lifecycle event. */
  events: Map<string, Map<string, number>>;
  /** By deployment: what is news is told, and read, once. */
  seen: Map<string, Watched>;
  rolledBack: RolledBack[];
}

export function newSession(
  parts: Pick<Session, 'clients' | 'release' | 'save' | 'log'> & { signal?: AbortSignal },
): Session {
  return { ...parts, timeline: [], events: new Map(), seen: new Map(), rolledBack: [] };
}

/** Notes a moment in the log and in the timeline. */
export function note(session: Session, service: string, what: string): void {
  session.timeline.push({ at: new Date(), service, what });
  const width = Math.max(8, ...session.release.services.map(({ name }) => name.length));
  session.log(`${service.padEnd(width)}  ${what}`);
}
