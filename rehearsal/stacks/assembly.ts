import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      environment: z.string().optional(),
      properties: z.looseObject({ bootstrapStackVersionSsmParameter: z.string().optional() }).optional(),
    }),
  ),
});

/** A stack of a cloud assembly, and whose bootstrap it is deployed by. */
export interface AssemblyStack {
  name: string;
  region: string;
  /** `pikastg`: which of an account's bootstraps. */
  qualifier: string;
}

/**
 * The stacks of a synthesized cloud assembly.
 * @throws Error naming the stack that says no region or no bootstrap
 */
export function stacksOf(assembly: string): AssemblyStack[] {
  const file = join(assembly, 'manifest.json');
  const { artifacts } = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([name, { environment, properties }]) => {
      const [, region] = /^aws:\/\/[^/]+\/([a-z0-9-]+)$/.exec(environment ?? '') ?? [];
      const version = properties?.bootstrapStackVersionSsmParameter ?? '';
      const [, qualifier] = /^\/cdk-bootstrap\/([^/]+)\/version$/.exec(version) ?? [];
      if (region === undefined || qualifier === undefined) {
        throw new Error(
          `${file}: the stack ${name} must have a region and a bootstrap; it has ${environment} and ${version}`,
        );
      }
      return { name, region, qualifier };
    });
}
