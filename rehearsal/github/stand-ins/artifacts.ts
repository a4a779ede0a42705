import { join } from 'node:path';
import { variable } from './toolkit.ts';

/** Where a run keeps an artifact. */
export function artifactFolder(run: string, name: string): string {
  if (!/^\d+$/.test(run)) throw new Error(`run-id ${JSON.stringify(run)} is not a number`);
  if (!/^[\w .-]+$/.test(name))
    throw new Error(`the name ${JSON.stringify(name)} has characters that an artifact may not have`);
  return join(variable('REHEARSED_ARTIFACTS', 'the rehearsal says where artifacts are kept'), run, name);
}
