import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Writes the cloud assembly of the real app into a folder, as `npm run synth` does. CloudFormation's own rules, which
 * take more than half of the time, are left to the releases: each of them synthesizes with the rules.
 * @throws Error with what the app said
 */
export async function synthesize(root: string, assembly: string): Promise<void> {
  const cdk = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '**', '--output', assembly], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      CI: '1',
      NO_COLOR: '1',
      CDK_VALIDATION: 'false',
    },
  });
}
