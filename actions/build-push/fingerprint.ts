import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Entry } from './context/context.ts';

/** Everything that a build depends on. Equal inputs have equal hashes, whatever engine builds them. */
export interface BuildInputs {
  entries: readonly Entry[];
  dockerfile: string;
  target: string | undefined;
  /** Only those that the Dockerfile declares. */
  args: Readonly<Record<string, string>>;
  platforms: readonly string[];
  /** Base image as the Dockerfile names it → its digest, or `scratch`. */
  bases: Readonly<Record<string, string>>;
  /** Given by the user; revision and time of the commit are no inputs. */
  labels: Readonly<Record<string, string>>;
}

const part = z.record(z.string(), z.string());
const schema = z.object({
  context: part,
  dockerfile: z.string(),
  target: z.string(),
  args: part,
  platforms: z.string(),
  bases: part,
  labels: z.string(),
});

/** Short hashes of the parts of the inputs, kept in the image's label so that the next build can say what changed. */
export type Fingerprint = z.infer<typeof schema>;

export const INPUTS_LABEL = 'pika.build-push.inputs';

const FOLDERS_SHOWN = 40;

export function fingerprintOf(inputs: BuildInputs): { hash: string; fingerprint: Fingerprint } {
  const folders = new Map<string, Entry[]>();
  for (const entry of inputs.entries) {
    const top = entry.path.split('/')[0] ?? '';
    folders.set(top, [...(folders.get(top) ?? []), entry]);
  }
  const context = Object.fromEntries(
    [...folders].map(([top, entries]) => [top, hashOf(entries.map(identity))]),
  );
  const whole = {
    context,
    dockerfile: hashOf(inputs.dockerfile),
    target: inputs.target ?? '',
    args: hashed(inputs.args),
    platforms: inputs.platforms.join(','),
    bases: hashed(inputs.bases),
    labels: hashOf(sorted(inputs.labels)),
  };
  const isLarge = folders.size > FOLDERS_SHOWN;
  return {
    hash: hashOf([
      '1',
      { ...whole, context: sorted(context), args: sorted(whole.args), bases: sorted(whole.bases) },
    ]),
    fingerprint: shortened({ ...whole, context: isLarge ? { '.': hashOf(context) } : context }),
  };
}

/** What differs between the image that was there and the one to build: `context auth`, `argument VERSION`. */
export function differences(before: Fingerprint | undefined, now: Fingerprint): string[] {
  if (!before) return ['no image that could be compared'];
  const words = { context: 'context', args: 'argument', bases: 'base image' } as const;
  const found = (['context', 'args', 'bases'] as const).flatMap((name) =>
    [...new Set([...Object.keys(before[name]), ...Object.keys(now[name])])]
      .filter((key) => before[name][key] !== now[name][key])
      .map((key) => `${words[name]} ${key}`),
  );
  const plain = (['dockerfile', 'target', 'platforms', 'labels'] as const).filter(
    (name) => before[name] !== now[name],
  );
  return [...found, ...plain.map((name) => (name === 'dockerfile' ? 'Dockerfile' : name))];
}

/** Undefined when the label is absent or of another make. */
export function parseFingerprint(label: string | undefined): Fingerprint | undefined {
  try {
    return schema.safeParse(JSON.parse(label ?? '')).data;
  } catch {
    return undefined;
  }
}

function identity(entry: Entry): string[] {
  switch (entry.kind) {
    case 'folder':
      return [entry.path, 'folder'];
    case 'link':
      return [entry.path, 'link', entry.target];
    case 'file':
      return [entry.path, entry.executable ? 'executable' : 'file', entry.digest];
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function hashed(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hashOf(value)]));
}

function sorted(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function shortened(fingerprint: Fingerprint): Fingerprint {
  const short = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.slice(0, 12)]));
  return {
    ...fingerprint,
    dockerfile: fingerprint.dockerfile.slice(0, 12),
    labels: fingerprint.labels.slice(0, 12),
    context: short(fingerprint.context),
    args: short(fingerprint.args),
    bases: short(fingerprint.bases),
  };
}
