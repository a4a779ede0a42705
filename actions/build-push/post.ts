import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { getState, warning } from '@actions/core';
import { messageOf } from '../common/aws.ts';

/** After the job, whatever became of it: no password stays behind, nor a builder that was made for it. */
export async function post(): Promise<void> {
  const temp = getState('temp');
  if (temp) rmSync(temp, { recursive: true, force: true });
  const builder = getState('builder');
  if (!builder) return;
  try {
    await promisify(execFile)('docker', ['buildx', 'rm', '--force', builder]);
  } catch (error) {
    warning(`The builder ${builder} could not be removed: ${messageOf(error)}`);
  }
}
