import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The certificates of this AWS's own servers. Nobody has signed them: who connects must be given them. */
export interface Trust {
  /** @param certificate PEM */
  add(certificate: string): void;
  /** A file with all of them, for `NODE_EXTRA_CA_CERTS`; undefined while there is none. */
  file(): string | undefined;
  close(): void;
}

export function createTrust(): Trust {
  const certificates: string[] = [];
  let folder: string | undefined;
  const path = () => folder && join(folder, 'certificates.pem');
  return {
    add: (certificate) => {
      certificates.push(certificate);
      folder ??= mkdtempSync(join(tmpdir(), 'embedded-aws-trust-'));
      writeFileSync(join(folder, 'certificates.pem'), certificates.join('\n'));
    },
    file: path,
    close: () => {
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
