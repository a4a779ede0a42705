import type { Clients } from './clients.ts';
import type { Release } from './release.ts';

/** One moment of a release, for the summary's timeline. */
export interface Moment {
  at: Date;
  service: string;
  what: string;
}

/** One run of the action on one release: what it changes, it saves, so that the next run goes on from there. */
export interface Session {
  clients: Clients;
  release: Release;
  /** Writes `release` where `post` finds it. */
  save: () => void;
  log: (line: string) => void;
  timeline: Moment[];
  signal?: AbortSignal;
}

/** Notes a moment in the log and in the timeline. */
export function note(session: Session, service: string, what: string): void {
  session.timeline.push({ at: new Date(), service, what });
  session.log(`${service.padEnd(longestName(session))}  ${what}`);
}

function longestName({ release }: Session): number {
  return Math.max(...release.services.map(({ name }) => name.length), 8);
}
