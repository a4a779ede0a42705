import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { StandIns } from '../runner/run-context.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * What runs here in place of an action of somebody else's. Each has the inputs that the workflows give and does, on
 * this machine, what the original does on GitHub. Everything else that is no part of this repository is refused by name.
 */
export const standIns: StandIns = {
  /** Copies the repository into the workspace; its node_modules are linked. */
  'actions/checkout': folder('checkout'),
  /** This Node.js, and an `npm` that has nothing to install where node_modules is linked. */
  'actions/setup-node': folder('setup-node'),
  /** Asks for the job's ID token and assumes the role with it, by the SDK. */
  'aws-actions/configure-aws-credentials': folder('configure-aws-credentials'),
  /** A folder a run, of which GitHub's storage is the original. */
  'actions/upload-artifact': folder('upload-artifact'),
  'actions/download-artifact': folder('download-artifact'),
  /** Keeps a statement of the files in the rehearsed GitHub, which nobody signs. */
  'actions/attest': folder('attest'),
};

/** Names of the folders here, each of which is listed above. */
export function standInFolders(): string[] {
  return readdirSync(folder('.'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
