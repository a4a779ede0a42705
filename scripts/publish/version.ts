/** A version of the published actions: `v1.2.3`. */
export interface Version {
  text: string;
  parts: readonly [number, number, number];
}

const PATTERN = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** @returns undefined for what is no `v1.2.3`. */
export function parseVersion(text: string): Version | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch] = match.map(Number);
  return { text, parts: [major ?? 0, minor ?? 0, patch ?? 0] };
}

export const majorTag = ({ parts: [major] }: Version) => `v${major}`;

export function compare(left: Version, right: Version): number {
  const [major, minor, patch] = left.parts.map((part, index) => part - (right.parts[index] ?? 0));
  return major || minor || patch || 0;
}

/** Whether the major tag follows: not when a newer version of the same major is published already. */
export function isNewest(version: Version, published: readonly string[]): boolean {
  return published
    .map(parseVersion)
    .every((other) => !other || majorTag(other) !== majorTag(version) || compare(other, version) <= 0);
}
