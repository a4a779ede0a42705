import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAction } from '../../../rehearsal/github/action-metadata.ts';
import { type ActionResult, asJavaScript, runAction } from '../../../rehearsal/github/run-action.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface ActionChoice {
  inputs: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string>>;
  temporary: string;
  runId?: string;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

/** Runs the bundle as GitHub does. @throws Error when it was not built. */
export function blueGreenDeploy(choice: ActionChoice): Promise<ActionResult> {
  const folder = join(root, 'actions', 'blue-green-deploy');
  if (!existsSync(join(folder, 'dist', 'index.js'))) {
    throw new Error('actions/blue-green-deploy/dist is not there: npm run build -- blue-green-deploy');
  }
  return runAction(asJavaScript(readAction(folder)), {
    inputs: choice.inputs,
    environment: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_EC2_METADATA_DISABLED: 'true',
      GITHUB_RUN_ID: choice.runId ?? '1',
      GITHUB_REPOSITORY: 'pika/pika',
      GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
      ...choice.environment,
    },
    temporary: choice.temporary,
    workspace: root,
    ...(choice.signal && { signal: choice.signal }),
    ...(choice.onLine && { onLine: choice.onLine }),
  });
}

/** The lines that a person sees as errors, as they were before GitHub's escaping. */
export function errorsOf({ log }: ActionResult): string[] {
  return log
    .filter((line) => line.startsWith('::error::'))
    .map((line) =>
      line.slice('::error::'.length).replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
    );
}
