import { mapLimited } from '../common/poll.ts';
import { resolveBases } from './bases.ts';
import type { Ecr, StoredImage, TaggedRepository } from './ecr.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import type { Inputs } from './inputs.ts';
import type { Source } from './source.ts';
import { inputsTag, isMovable, type Tags } from './tags.ts';

/** What is to be done for one service. */
export interface Step {
  source: Source;
  /** URI of the repository. */
  uri: string;
  fingerprint: Fingerprint;
  /** The tag that names the image of these very inputs. */
  tag: string;
  /** That image, when it is there: nothing is built. */
  found?: StoredImage;
  /** The branch's tag, where it may move. */
  branch?: string;
  /** What that tag names, to compare with. */
  previous?: StoredImage;
}

/** Looks every service's image up by the hash of its inputs. Changes nothing. */
export async function plan(
  sources: readonly Source[],
  inputs: Inputs,
  {
    ecr,
    repositories,
    tags,
    signal,
  }: { ecr: Ecr; repositories: ReadonlyMap<string, TaggedRepository>; tags: Tags; signal: AbortSignal },
): Promise<{ steps: Step[]; warnings: string[] }> {
  const bases = await resolveBases(
    sources,
    inputs.baseImages,
    async (host) => (/\.dkr[.-]ecr[.-]/.test(host) ? ecr.authorization() : undefined),
    signal,
  );
  const steps = await mapLimited(sources, 8, async (source): Promise<Step> => {
    const { service, context, dockerfile, args } = source;
    const { hash, fingerprint } = fingerprintOf({
      entries: context.entries,
      dockerfile: dockerfile.text,
      target: service.target,
      args,
      platforms: service.platforms,
      bases: Object.fromEntries(source.bases.map((base) => [base, bases.identities.get(base) ?? base])),
      labels: inputs.labels,
    });
    const tag = inputsTag(hash);
    const repository = repositories.get(service.repository);
    const branch = repository && tags.branch && isMovable(repository, tags.branch) ? tags.branch : undefined;
    const images = await ecr.images(service.repository, branch ? [tag, branch] : [tag]);
    const [found, previous] = [images.get(tag), branch && images.get(branch)];
    return {
      source,
      uri: repository?.uri ?? '',
      fingerprint,
      tag,
      ...(found && { found }),
      ...(branch && { branch }),
      ...(previous && { previous }),
    };
  });
  return { steps, warnings: bases.warnings };
}
