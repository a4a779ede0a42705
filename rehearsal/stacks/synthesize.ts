import { runCdk } from './cdk.ts';

/**
 * Writes the cloud assembly of the real app into a folder, as `npm run synth` does. CloudFormation's own rules, which
 * take more than half of the time, are left to the releases: each of them synthesizes with the rules.
 * @throws Error with what the app said last
 */
export async function synthesize(root: string, assembly: string): Promise<void> {
  const tool = { root, env: { CDK_VALIDATION: 'false' }, log: () => undefined };
  await runCdk(tool, 'synth', '--quiet', '**', '--output', assembly);
}
