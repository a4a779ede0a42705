import { posix } from 'node:path';
import { FaultsError } from '../../common/fault.ts';
import { type Dockerfile, type Instruction, lineFault, type Stage } from '../dockerfile/dockerfile.ts';
import { declaredArgs, globalScope, lookupIn, stageIndex, targetStage } from '../dockerfile/stages.ts';
import { execForm, expand, type Lookup, pairsOf, splitWords } from '../dockerfile/words.ts';
import type { BaseImage } from '../registry/pull.ts';
import { copied } from './copy.ts';
import type { LayerEntry } from './layer.ts';

/** What the image's configuration says of how its container runs. */
interface Settings {
  env: Map<string, string>;
  cmd: string[] | undefined;
  entrypoint: string[] | undefined;
  workingDirectory: string;
  user: string;
  labels: Map<string, string>;
  ports: Set<string>;
  stopSignal: string | undefined;
}

interface History {
  createdBy: string;
  isEmpty: boolean;
}

/** A stage, interpreted: nothing was run, all that its instructions copy and configure is known. */
export interface BuiltStage {
  base: BaseImage | undefined;
  settings: Settings;
  /** One a COPY. */
  layers: LayerEntry[][];
  history: History[];
}

export interface StageContext {
  dockerfile: Dockerfile;
  target: string | undefined;
  args: Readonly<Record<string, string>>;
  platform: string;
  tree: readonly LayerEntry[];
  /** Undefined is `scratch`. */
  pull: (name: string) => Promise<BaseImage | undefined>;
}

/** What the daemonless engine knows. RUN and what depends on a shell or a network needs a container engine. */
const KNOWN = new Set('ARG COPY ENV LABEL EXPOSE USER WORKDIR CMD ENTRYPOINT STOPSIGNAL'.split(' '));
const COPY_FLAGS = new Set(['from', 'chmod', 'chown', 'link']);

/** Everything in the stages that cannot be done without a container engine. */
export function refusals(dockerfile: Dockerfile, stages: readonly Stage[]): FaultsError | undefined {
  const remedy =
    'Install docker with buildx, docker, buildah or podman and give it as the input engine; engine oci only copies files and configures';
  const faults = stages.flatMap(({ instructions }) =>
    instructions.flatMap((instruction) => {
      const unknown = Object.keys(instruction.flags).find((flag) => !COPY_FLAGS.has(flag));
      if (!KNOWN.has(instruction.name)) {
        return lineFault(dockerfile.file, instruction, 'needs a container engine', remedy).faults;
      }
      if (instruction.hasHeredoc) {
        return lineFault(dockerfile.file, instruction, 'with a heredoc needs a container engine', remedy)
          .faults;
      }
      if (unknown) {
        return lineFault(dockerfile.file, instruction, `--${unknown} needs a container engine`, remedy)
          .faults;
      }
      return [];
    }),
  );
  return faults.length > 0 ? new FaultsError(faults) : undefined;
}

/** Interprets the target and the stages that it needs. @throws FaultsError naming file and line. */
export function buildStage(context: StageContext): Promise<BuiltStage> {
  return interpret(context, targetStage(context.dockerfile, context.target));
}

interface Frame {
  context: StageContext;
  index: number;
  stage: BuiltStage;
  scope: Map<string, string>;
  global: ReadonlyMap<string, string>;
  lookup: Lookup;
  /** CMD of this Dockerfile, not of the base: a new ENTRYPOINT forgets the base's. */
  hasOwnCmd: boolean;
}

async function interpret(context: StageContext, index: number): Promise<BuiltStage> {
  const { dockerfile, args, platform } = context;
  const source = dockerfile.stages[index];
  if (!source) throw new RangeError(`there is no stage ${index}`);
  const global = globalScope(dockerfile, args, platform);
  const base = expand(source.base, lookupIn(global));
  const from = stageIndex(dockerfile.stages.slice(0, index), base);
  const stage =
    from === undefined ? startOf(await pullAt(context, base, source)) : await interpret(context, from);
  const scope = new Map<string, string>();
  const lookup: Lookup = (name) => stage.settings.env.get(name) ?? scope.get(name);
  const frame: Frame = { context, index, stage, scope, global, lookup, hasOwnCmd: false };
  for (const instruction of source.instructions) {
    const isEmpty = instruction.name !== 'COPY';
    if (isEmpty) configure(frame, instruction);
    else await copy(frame, instruction);
    if (instruction.name !== 'ARG') {
      const text = isEmpty ? instruction.rest : expand(instruction.rest, lookup);
      stage.history.push({ createdBy: `${instruction.name} ${text}`, isEmpty });
    }
  }
  return stage;
}

async function pullAt(context: StageContext, base: string, { line }: Stage): Promise<BaseImage | undefined> {
  try {
    return base === 'scratch' ? undefined : await context.pull(base);
  } catch (error) {
    throw lineFault(
      context.dockerfile.file,
      { name: 'FROM', line },
      `${base} could not be had: ${error instanceof Error ? error.message : String(error)}`,
      'Where its registry cannot be reached, say what to take instead by the input base-images',
    );
  }
}

function startOf(base: BaseImage | undefined): BuiltStage {
  const config = base?.config.config;
  const variables = (config?.Env ?? []).map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  const stopSignal = config?.StopSignal;
  return {
    base,
    layers: [],
    history: [],
    settings: {
      env: new Map(variables),
      cmd: config?.Cmd ?? undefined,
      entrypoint: config?.Entrypoint ?? undefined,
      workingDirectory: config?.WorkingDir || '/',
      user: config?.User ?? '',
      labels: new Map(Object.entries(config?.Labels ?? {})),
      ports: new Set(Object.keys(config?.ExposedPorts ?? {})),
      stopSignal: typeof stopSignal === 'string' ? stopSignal : undefined,
    },
  };
}

function configure(frame: Frame, { name, rest }: Instruction): void {
  const { settings } = frame.stage;
  const { lookup } = frame;
  switch (name) {
    case 'ARG':
      declare(frame, rest);
      return;
    case 'ENV': {
      // All of one instruction see what was there before it.
      for (const [variable, value] of pairsOf(rest, lookup)) settings.env.set(variable, value);
      return;
    }
    case 'LABEL':
      for (const [label, value] of pairsOf(rest, lookup)) settings.labels.set(label, value);
      return;
    case 'EXPOSE':
      for (const port of splitWords(rest)) {
        const number = expand(port, lookup);
        settings.ports.add(number.includes('/') ? number : `${number}/tcp`);
      }
      return;
    case 'USER':
      settings.user = expand(rest, lookup);
      return;
    case 'WORKDIR':
      settings.workingDirectory = posix.resolve('/', settings.workingDirectory, expand(rest, lookup));
      return;
    case 'STOPSIGNAL':
      settings.stopSignal = expand(rest, lookup);
      return;
    case 'CMD':
      settings.cmd = commandOf(rest);
      frame.hasOwnCmd = true;
      return;
    case 'ENTRYPOINT':
      settings.entrypoint = commandOf(rest);
      if (!frame.hasOwnCmd) settings.cmd = undefined;
      return;
  }
}

function declare({ context, scope, global, lookup }: Frame, rest: string): void {
  for (const [name, preset] of declaredArgs(rest)) {
    const value = context.args[name] ?? (preset === undefined ? global.get(name) : expand(preset, lookup));
    if (value !== undefined) scope.set(name, value);
  }
}

function commandOf(rest: string): string[] {
  return execForm(rest) ?? ['/bin/sh', '-c', rest];
}

async function copy(frame: Frame, instruction: Instruction): Promise<void> {
  const { context, stage, lookup } = frame;
  const { flags, rest } = instruction;
  const fault = (message: string, remedy?: string) =>
    lineFault(context.dockerfile.file, instruction, message, remedy);
  const words = execForm(rest) ?? splitWords(rest).map((word) => expand(word, lookup));
  const sources = words.slice(0, -1);
  const destination = words.at(-1);
  if (sources.length === 0 || destination === undefined) throw fault('needs a source and a destination');
  const [uid, gid] = ownerOf(flags.chown && expand(flags.chown, lookup)) ?? [];
  if (uid === undefined || gid === undefined) {
    throw fault(
      `--chown=${flags.chown} is a name, which engine oci cannot look up in the base image`,
      'Give numbers, such as --chown=1000:1000',
    );
  }
  if (flags.chmod && !/^[0-7]{3,4}$/.test(flags.chmod))
    throw fault(`--chmod=${flags.chmod} is not octal, such as 755`);
  const present = new Map(stage.layers.flat().map((entry) => [entry.path, entry]));
  const options = {
    sources,
    destination,
    workingDirectory: stage.settings.workingDirectory,
    uid,
    gid,
    ...(flags.chmod && { mode: Number.parseInt(flags.chmod, 8) }),
  };
  const isFolder = (path: string) =>
    present.get(path)?.kind === 'folder' || `/${path}` === stage.settings.workingDirectory;
  try {
    const entries = copied(await treeOf(frame, flags.from), options, isFolder);
    stage.layers.push(layerOf(entries, stage, present));
  } catch (error) {
    if (error instanceof FaultsError) throw error;
    throw fault(
      (error as Error).message,
      flags.from ? 'Only what a stage copied can be copied from it' : 'Is it left out by .dockerignore?',
    );
  }
}

/** Without a base the folders above are made too. With one they are there, or are made by who unpacks. */
function layerOf(
  entries: readonly LayerEntry[],
  { base }: BuiltStage,
  present: ReadonlyMap<string, LayerEntry>,
): LayerEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  if (!base) {
    for (const { path } of entries) {
      for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above)) {
        if (byPath.has(above) || present.has(above)) continue;
        byPath.set(above, { kind: 'folder', path: above, mode: 0o755, uid: 0, gid: 0 });
      }
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function treeOf({ context, index }: Frame, from: string | undefined): Promise<readonly LayerEntry[]> {
  if (from === undefined) return context.tree;
  const stage = stageIndex(context.dockerfile.stages.slice(0, index), from);
  if (stage === undefined) {
    throw new Error(
      `--from=${from} is no stage of this file, and engine oci does not read other images' files`,
    );
  }
  const { layers } = await interpret(context, stage);
  return [...new Map(layers.flat().map((entry) => [entry.path, entry])).values()];
}

function ownerOf(text: string | undefined): [number, number] | undefined {
  if (!text) return [0, 0];
  const [, user, group = user] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return user === undefined ? undefined : [Number(user), Number(group)];
}
