import type { TaggedRepository } from './ecr.ts';

/** Tags of an image, besides the one of its inputs. */
export interface Tags {
  /** Moves with every push; undefined when this is no push to a branch. */
  branch?: string;
  /** Of the commit: another image of the same commit, built with other arguments, keeps it. */
  commit?: string;
  /** Asked for by name: they must name this image. */
  fixed: readonly string[];
}

/** @param env GitHub's variables, @param asked the input tags */
export function tagsOf(env: Readonly<Record<string, string | undefined>>, asked: readonly string[]): Tags {
  const { GITHUB_SHA: commit, GITHUB_REF_TYPE: type, GITHUB_REF_NAME: name = '' } = env;
  const [, version] = (type === 'tag' && SEMVER.exec(name)) || [];
  return {
    ...(type === 'branch' && name && { branch: branchTag(name) }),
    ...(commit && { commit: `commit-${commit}` }),
    fixed: [...new Set([...asked, ...(version ? [version.replace('+', '_')] : [])])],
  };
}

/** https://semver.org, behind the `v` that tags of a repository have. */
const SEMVER = /^v?(\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)$/;

/**
 * Whether a tag that names an image may come to name another. A branch's tag that may not would name the branch's first
 * image for ever. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
export function isMovable(
  { mutability, exclusions }: Pick<TaggedRepository, 'mutability' | 'exclusions'>,
  tag: string,
): boolean {
  const isExcluded = exclusions.some((filter) => matches(filter, tag));
  return mutability.startsWith('IMMUTABLE') ? isExcluded : !isExcluded;
}

/** `*` stands for any text; letters, digits, `.`, `_` and `-` for themselves. */
function matches(filter: string, tag: string): boolean {
  return new RegExp(`^${filter.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(tag);
}

function branchTag(name: string): string {
  return `branch-${name.replace(/[^\w.-]+/g, '-')}`.slice(0, 128);
}

export function inputsTag(hash: string): string {
  return `inputs-${hash.slice(0, 40)}`;
}
