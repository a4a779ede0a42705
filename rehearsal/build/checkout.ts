import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../manifest/index.ts';

/** Copies the manifest and the sources that it names: what a rehearsal may change as a commit would. */
export function checkOut(root: string, manifest: Manifest, workspace: string): void {
  const contexts = Object.values(manifest.services).map(({ build }) => build.context);
  for (const path of new Set(['pika.yml', ...contexts])) {
    cpSync(join(root, path), join(workspace, path), { recursive: true });
  }
}
