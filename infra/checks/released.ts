import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { loadManifest } from '../../manifest/index.ts';

const USAGE = `npm run released -- --environment NAME [--released FOLDER --assembly FOLDER]

Saves the templates that an environment's stacks were deployed from last, as CloudFormation keeps them, for npm run guard.
  --environment  an environment of pika.yml
  --released     where to (default infra/released), STACK.template.json each
  --assembly     cloud assembly that names the stacks and their regions (default cdk.out)
Exit code 0: saved; 1: CloudFormation did not answer, and nothing was changed; 2: the command line is wrong.`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const SUFFIX = '.template.json';

/** `environment` is `aws://ACCOUNT/REGION`. https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html */
const assemblySchema = z.object({
  artifacts: z.record(z.string(), z.object({ type: z.string(), environment: z.string().optional() })),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      released: { type: 'string', default: join(root, 'infra/released') },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const { environment, released, assembly } = values;
  const declared = environment ? manifest.environments[environment] : undefined;
  if (!declared) {
    throw new RangeError(
      `--environment ${environment ?? '(not given)'}: pika.yml declares ${Object.keys(manifest.environments).join(', ')}`,
    );
  }
  const prefix = `${manifest.product}-${environment}-`;
  const stacks = stacksOf(assembly, prefix, declared.region);
  // All are asked for before any file is changed.
  const deployed = await Promise.all(
    stacks.map(async ({ name, region }) => ({ name, body: await deployedTemplate(name, region) })),
  );
  const kept = deployed.flatMap(({ name, body }) => (body === undefined ? [] : [{ name, body }]));
  mkdirSync(released, { recursive: true });
  for (const file of readdirSync(released)) {
    if (file.startsWith(prefix) && file.endsWith(SUFFIX)) rmSync(join(released, file));
  }
  for (const { name, body } of kept) writeFileSync(join(released, `${name}${SUFFIX}`), body);
  console.log(
    `${environment}: ${kept.length} of ${stacks.length} stacks are deployed; their templates are in ${released}.`,
  );
}

function stacksOf(assembly: string, prefix: string, region: string): { name: string; region: string }[] {
  const file = join(assembly, 'manifest.json');
  if (!existsSync(file))
    throw new RangeError(`--assembly ${assembly}: is no cloud assembly; run npm run synth for cdk.out`);
  const { artifacts } = assemblySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(artifacts)
    .filter(([name, { type }]) => type === 'aws:cloudformation:stack' && name.startsWith(prefix))
    .map(([name, { environment }]) => {
      const written = environment?.split('/').at(-1);
      return { name, region: !written || written === 'unknown-region' ? region : written };
    });
}

/** The template as it was handed in; undefined where no such stack is, as before a first deploy and asleep. */
async function deployedTemplate(StackName: string, region: string): Promise<string | undefined> {
  try {
    const { TemplateBody } = await new CloudFormationClient({ region }).send(
      new GetTemplateCommand({ StackName, TemplateStage: 'Original' }),
    );
    return TemplateBody;
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    const isMissing =
      error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');
    if (isMissing) return undefined;
    throw error;
  }
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  console.error(
    isUsage ? `${error.message}\n\n${USAGE}` : `the deployed templates cannot be read: ${message}`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
