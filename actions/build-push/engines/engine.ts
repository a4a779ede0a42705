import type { Context } from '../context/context.ts';
import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import type { Repository } from '../registry/registry.ts';
import type { Service } from '../service.ts';

export const ENGINES = ['buildx', 'docker', 'buildah', 'podman', 'oci'] as const;

export type EngineName = (typeof ENGINES)[number];

/** One image to build and push: everything said. */
export interface BuildJob {
  service: Service;
  dockerfile: Dockerfile;
  context: Context;
  /** Of the service, those that the Dockerfile declares. */
  args: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  /** Base image as the Dockerfile names it → what is taken in its place. */
  baseImages: Readonly<Record<string, string>>;
  createdAt: Date;
  destination: Repository;
  /** The tag to push to. */
  tag: string;
  signal: AbortSignal;
  log: (line: string) => void;
}

export interface BuiltImage {
  /** Of what was pushed: of an index where there are several platforms or attestations. */
  digest: string;
  /** How many of its layers the repository had already, where the engine says. */
  layers?: { total: number; reused: number };
}

/** Whatever makes images. Builds of several services run at the same time. */
export interface Engine {
  name: EngineName;
  /** How many builds at the same time do it good, unless the input parallel says. */
  parallel: number;
  /** What it cannot build; nothing has been started yet. @throws FaultsError */
  check(job: Pick<BuildJob, 'service' | 'dockerfile' | 'context' | 'baseImages'>): void;
  build(job: BuildJob): Promise<BuiltImage>;
}
