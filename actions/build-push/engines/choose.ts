import { type Fault, FaultsError } from '../../common/fault.ts';
import { runCommand } from '../command.ts';
import type { Engine, EngineName } from './engine.ts';

/** What the engines that are programs need of a run. */
export interface EngineOptions {
  /** Folder with a `config.json` in which the registry's password is. */
  credentials: string;
  secrets: Readonly<Record<string, string>>;
  cache: 'registry' | 'none';
  attestations: boolean;
  /** Temporary folder of this run. */
  temp: string;
  signal: AbortSignal;
}

/** Asked of each engine: whether it is there, and its server too where it has one. */
const PROBES = {
  buildx: ['docker', 'buildx', 'inspect'],
  docker: ['docker', 'version', '--format', '{{.Server.Version}}'],
  buildah: ['buildah', 'version'],
  podman: ['podman', 'version'],
} as const;

/** `auto` takes the first that is there; where none is, the one that needs none. @throws FaultsError */
export async function chooseEngine(wanted: EngineName | 'auto', options: EngineOptions): Promise<Engine> {
  const name = wanted === 'auto' ? await firstThere(options.signal) : wanted;
  const faults = optionFaults(name, options);
  if (faults.length > 0) throw new FaultsError(faults);
  if (name === 'oci') return (await import('./oci.ts')).ociEngine();
  if (wanted !== 'auto') {
    const missing = await failureOf(name, options.signal);
    if (missing) throw new FaultsError([missingFault(name, missing)]);
  }
  switch (name) {
    case 'buildx':
      return (await import('./buildx.ts')).buildxEngine(options);
    case 'docker':
      return (await import('./docker.ts')).dockerEngine(options);
    case 'buildah':
    case 'podman':
      return (await import('./buildah.ts')).buildahEngine(name, options);
  }
}

async function firstThere(signal: AbortSignal): Promise<EngineName> {
  for (const name of Object.keys(PROBES) as (keyof typeof PROBES)[]) {
    if ((await failureOf(name, signal)) === undefined) return name;
  }
  return 'oci';
}

async function failureOf(name: keyof typeof PROBES, signal: AbortSignal): Promise<string | undefined> {
  const [program, ...args] = PROBES[name];
  try {
    await runCommand({ program, args, signal, log: () => undefined });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

function missingFault(name: EngineName, reason: string): Fault {
  return {
    subject: 'input engine',
    message: `"${name}" is not to be had on this machine: ${reason}`,
    remedy:
      'Install and start it, give auto to take what is there, or oci when the Dockerfiles only copy and configure',
  };
}

function optionFaults(name: EngineName, { secrets, attestations, cache }: EngineOptions): Fault[] {
  const cannot = (input: string, remedy: string): Fault => ({
    subject: `input ${input}`,
    message: `cannot be had with engine ${name}`,
    remedy,
  });
  return [
    ...(Object.keys(secrets).length > 0 && (name === 'oci' || name === 'docker')
      ? [cannot('secrets', 'Use buildx, buildah or podman: they mount secrets without keeping them')]
      : []),
    ...(attestations && name !== 'buildx' ? [cannot('attestations', 'Use engine buildx')] : []),
    ...(cache === 'registry' && name !== 'buildx'
      ? [cannot('cache', 'Use engine buildx, or cache: none')]
      : []),
  ];
}
