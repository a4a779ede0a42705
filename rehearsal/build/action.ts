import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readAction } from '../github/action-metadata.ts';
import { asJavaScript, runAction } from '../github/run-action.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildPush {
  inputs: Readonly<Record<string, string>>;
  /** AWS variables of the job: where it is, and as whom the action calls it. */
  credentials: Readonly<Record<string, string>>;
  /** Where the sources are, as if they were checked out there. */
  workspace: string;
  /** Stands for the commit: the same one has the same hash. */
  commit: string;
  /** Folder of the runner. */
  temporary: string;
  onLine?: (line: string) => void;
}

export interface Built {
  /** service → repository@digest */
  images: Record<string, string>;
  /** Services that were not there yet. */
  changed: string[];
}

const images = z.record(z.string(), z.object({ image: z.string() }));
const changed = z.array(z.string());

/** Builds by the bundled action as GitHub runs it, with the engine that needs no other. @throws Error with its errors */
export async function runBuildPush(run: BuildPush): Promise<Built> {
  const { outcome, outputs, log } = await runAction(
    asJavaScript(readAction(join(root, 'actions', 'build-push'))),
    {
      inputs: { engine: 'oci', ...run.inputs },
      environment: {
        GITHUB_REPOSITORY: 'pika/pika',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_SHA: createHash('sha1').update(run.commit).digest('hex'),
        GITHUB_REF_TYPE: 'branch',
        GITHUB_REF_NAME: 'main',
        ...run.credentials,
      },
      temporary: run.temporary,
      workspace: run.workspace,
      ...(run.onLine && { onLine: run.onLine }),
    },
  );
  if (outcome !== 'success') {
    const errors = log.filter((line) => line.startsWith('::error'));
    throw new Error(`build-push ended with ${outcome}:\n${(errors.length > 0 ? errors : log).join('\n')}`);
  }
  const made = images.parse(JSON.parse(outputs.images ?? ''));
  return {
    images: Object.fromEntries(Object.entries(made).map(([service, { image }]) => [service, image])),
    changed: changed.parse(JSON.parse(outputs.changed ?? '')),
  };
}
