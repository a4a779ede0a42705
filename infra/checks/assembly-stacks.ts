import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../command.ts';

/** `environment` is `aws://ACCOUNT/REGION`. https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html */
const assemblySchema = z.object({
  artifacts: z.record(z.string(), z.object({ type: z.string(), environment: z.string().optional() })),
});

/**
 * The stacks of one environment in a cloud assembly, each with its region.
 * @param prefix what their names begin with: `pika-staging-`.
 * @param region of those that name none.
 * @throws UsageError when the folder holds no cloud assembly, or no stack of the environment.
 */
export function stacksOf(
  assembly: string,
  prefix: string,
  region: string,
): { name: string; region: string }[] {
  const file = join(assembly, 'manifest.json');
  if (!existsSync(file)) {
    throw new UsageError(`--assembly ${assembly}: is no cloud assembly; run npm run synth for cdk.out`);
  }
  const { artifacts } = assemblySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const stacks = Object.entries(artifacts).filter(
    ([name, { type }]) => type === 'aws:cloudformation:stack' && name.startsWith(prefix),
  );
  if (stacks.length === 0) {
    throw new UsageError(`--assembly ${assembly}: has no stack whose name begins with ${prefix}`);
  }
  return stacks.map(([name, { environment }]) => {
    const written = environment?.split('/').at(-1);
    return { name, region: !written || written === 'unknown-region' ? region : written };
  });
}
