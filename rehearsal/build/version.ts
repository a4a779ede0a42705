import { type Built, runBuildPush } from './action.ts';

/** A version to build: its number, and what is wrong with which service. */
export interface Version {
  number: string;
  faults?: Readonly<Record<string, string>>;
}

/** Input base-images: no registry can be reached here, and the services are run by this Node.js. */
export const BASE_IMAGES = JSON.stringify({ 'public.ecr.aws/docker/library/node:24-alpine': 'scratch' });

/** Input build-args: every service is told its version, and what is wrong with it. */
export function buildArgs({ number, faults = {} }: Version): string {
  const own = Object.entries(faults).map(([service, fault]) => [service, { FAULT: fault }]);
  return JSON.stringify({ VERSION: number, ...Object.fromEntries(own) });
}

export interface VersionBuild {
  /** A folder with `pika.yml` and the sources that it names. */
  workspace: string;
  version: Version;
  /** AWS variables of the job that builds. */
  credentials: Readonly<Record<string, string>>;
  temporary: string;
  /** More tags of the images, as `bootstrap`, by which stacks find them before the first release. */
  tags?: string;
  onLine?: (line: string) => void;
}

/** Builds every service of the manifest from its source; what has an image of these very inputs is not built again. */
export function buildVersion({ version, tags = '', ...run }: VersionBuild): Promise<Built> {
  return runBuildPush({
    ...run,
    commit: version.number,
    inputs: {
      manifest: 'pika.yml',
      'create-repositories': 'true',
      'build-args': buildArgs(version),
      'base-images': BASE_IMAGES,
      tags,
    },
  });
}
