import { type Dockerfile, lineFault, type Stage } from './dockerfile.ts';
import { expand, type Lookup, splitWords } from './words.ts';

/** `ARG NAME=default …` as pairs; undefined where there is no default. */
export function declaredArgs(rest: string): [string, string | undefined][] {
  return splitWords(rest).map((word) => {
    const equals = word.indexOf('=');
    return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** What a FROM can see: the ARGs before it, as given or by their defaults, and the platform. */
export function globalScope(
  { globalArgs }: Dockerfile,
  given: Readonly<Record<string, string>>,
  platform: string,
): Map<string, string> {
  const [os = 'linux', architecture = 'amd64'] = platform.split('/');
  const scope = new Map([
    ['TARGETPLATFORM', platform],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['BUILDPLATFORM', platform],
    ['BUILDOS', os],
    ['BUILDARCH', architecture],
  ]);
  for (const [name, preset] of globalArgs.flatMap(({ rest }) => declaredArgs(rest))) {
    const value = given[name] ?? (preset === undefined ? undefined : expand(preset, lookupIn(scope)));
    if (value !== undefined) scope.set(name, value);
  }
  return scope;
}

export function lookupIn(scope: ReadonlyMap<string, string>): Lookup {
  return (name) => scope.get(name);
}

/** The stage to build, by name or number. @throws FaultsError when the Dockerfile has no such stage. */
export function targetStage(dockerfile: Dockerfile, target: string | undefined): number {
  if (target === undefined) return dockerfile.stages.length - 1;
  const index = stageIndex(dockerfile.stages, target);
  if (index !== undefined) return index;
  const names = dockerfile.stages.map(({ name }, number) => name ?? String(number));
  throw lineFault(
    dockerfile.file,
    { name: 'target', line: 1 },
    `${JSON.stringify(target)} is no stage`,
    `There are: ${names.join(', ')}`,
  );
}

export function stageIndex(stages: readonly Stage[], name: string): number | undefined {
  const byName = stages.findLastIndex((stage) => stage.name === name.toLowerCase());
  if (byName >= 0) return byName;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}

/** What a build is asked for, as far as it decides which stages are needed. */
interface Asked {
  args: Readonly<Record<string, string>>;
  target: string | undefined;
  platform: string;
}

/** The target and all stages that it comes from or copies from. @throws FaultsError when there is no such target. */
export function neededStages(dockerfile: Dockerfile, { args, target, platform }: Asked): Stage[] {
  const lookup = lookupIn(globalScope(dockerfile, args, platform));
  const needed = new Set<number>();
  const visit = (index: number) => {
    const stage = dockerfile.stages[index];
    if (!stage || needed.has(index)) return;
    needed.add(index);
    const before = dockerfile.stages.slice(0, index);
    const names = [
      expand(stage.base, lookup),
      ...stage.instructions.flatMap(({ flags }) => flags.from ?? []),
    ];
    for (const name of names) visit(stageIndex(before, name) ?? -1);
  };
  visit(targetStage(dockerfile, target));
  return dockerfile.stages.filter((_, index) => needed.has(index));
}

/** The images that the needed stages come from, variables replaced, without stages and `scratch`. */
export function baseImages(dockerfile: Dockerfile, asked: Asked): string[] {
  const lookup = lookupIn(globalScope(dockerfile, asked.args, asked.platform));
  const bases = neededStages(dockerfile, asked).flatMap((stage) => {
    const name = expand(stage.base, lookup);
    const before = dockerfile.stages.slice(0, dockerfile.stages.indexOf(stage));
    return name === 'scratch' || stageIndex(before, name) !== undefined ? [] : [name];
  });
  return [...new Set(bases)];
}

/** Names that any ARG declares: only these of the given arguments can make a difference. */
export function argNames({ globalArgs, stages }: Dockerfile): Set<string> {
  const args = [...globalArgs, ...stages.flatMap(({ instructions }) => instructions)];
  return new Set(
    args.filter(({ name }) => name === 'ARG').flatMap(({ rest }) => declaredArgs(rest).map(([name]) => name)),
  );
}
