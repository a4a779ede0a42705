import type { ReleaseRecord } from '../release/release.ts';

/** One thing that a scenario promises, and what was seen of it. */
export interface Expectation {
  what: string;
  expected: string;
  seen: string;
  holds: boolean;
}

/** What became of a scenario: releases, and what must be true of them. */
export interface ScenarioRecord {
  releases: ReleaseRecord[];
  /** service → version that serves when it is over. */
  versions: Record<string, string>;
  expectations: Expectation[];
}

export function expectEqual(what: string, seen: string | number, expected: string | number): Expectation {
  return { what, expected: String(expected), seen: String(seen), holds: seen === expected };
}

/** What is seen of a scenario that an error ended: the others can be played all the same. */
export function endedBy(error: unknown): Expectation[] {
  return [expectEqual('played to its end', error instanceof Error ? error.message : String(error), 'yes')];
}

/** `7 × 2.0.0`, or `6 × 2.0.0, 1 × 3.0.0`. */
export function summarizeVersions(versions: Readonly<Record<string, string>>): string {
  const counts = new Map<string, number>();
  for (const version of Object.values(versions)) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([version, count]) => `${count} × ${version}`)
    .join(', ');
}

/** Requests lost during some releases. Where nobody asked, nobody knows. */
export function failedRequests(releases: readonly Pick<ReleaseRecord, 'traffic'>[]): number | string {
  if (releases.some(({ traffic }) => traffic.sent === 0)) return 'nobody asked';
  return releases.reduce((sum, { traffic }) => sum + traffic.failed, 0);
}

/** Answers that a version gave to users during some releases. */
export function answersBy(releases: readonly ReleaseRecord[], version: string): number {
  return releases.reduce((sum, { traffic }) => sum + (traffic.byVersion[version] ?? 0), 0);
}
