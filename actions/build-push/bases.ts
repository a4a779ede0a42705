import { messageOf } from '../common/aws.ts';
import { resolveDigest } from './registry/pull.ts';
import { parseReference } from './registry/reference.ts';
import type { Source } from './source.ts';

/** Milliseconds; a registry that does not answer must not hold up what need not be built. */
const PATIENCE = 8_000;

export interface ResolvedBases {
  /** Base image as the Dockerfiles name it → digest, `scratch`, or the name itself where no registry answered. */
  identities: Map<string, string>;
  warnings: string[];
}

/** What the base images are right now; each registry is asked once. */
export async function resolveBases(
  sources: readonly Source[],
  replaced: Readonly<Record<string, string>>,
  authorize: (host: string) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<ResolvedBases> {
  const identities = new Map<string, string>();
  const warnings: string[] = [];
  const users = new Map<string, string[]>();
  for (const { bases, service } of sources) {
    for (const base of bases) users.set(base, [...(users.get(base) ?? []), service.name]);
  }
  const resolve = async (base: string): Promise<void> => {
    const image = replaced[base] ?? base;
    if (image === 'scratch') {
      identities.set(base, image);
      return;
    }
    const reference = parseReference(image);
    if (!reference.isPinned) {
      warnings.push(
        `Base image ${image} of ${users.get(base)?.join(', ')} is not pinned: name it ${image}@sha256:DIGEST, so that every build has the same.`,
      );
    }
    try {
      const authorization = await authorize(reference.host);
      const repository = { ...reference, ...(authorization && { authorization }) };
      identities.set(
        base,
        await resolveDigest(reference, repository, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])),
      );
    } catch (error) {
      signal.throwIfAborted();
      identities.set(base, image);
      warnings.push(
        `The digest of base image ${image} could not be had, a newer one goes unnoticed: ${messageOf(error)}`,
      );
    }
  };
  await Promise.all([...users.keys()].map(resolve));
  return { identities, warnings };
}
