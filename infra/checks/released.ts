import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest } from '../../manifest/index.ts';
import { environmentOf, root, runCommand } from '../command.ts';
import { stacksOf } from './assembly-stacks.ts';
import { saveReleased } from './released-templates.ts';

const USAGE = `npm run released -- --environment NAME [--released FOLDER --assembly FOLDER]

Saves the templates that an environment's stacks were deployed from last, as CloudFormation keeps them, for npm run guard.
  --environment  an environment of pika.yml
  --released     where to (default infra/released), STACK.template.json each
  --assembly     cloud assembly that names the stacks and their regions (default cdk.out)
Exit code 0: saved; 1: CloudFormation did not answer, and nothing was changed; 2: the command line is wrong.`;

await runCommand(USAGE, 'the deployed templates cannot be read', async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      released: { type: 'string', default: join(root, 'infra/released') },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const prefix = `${manifest.product}-${environment.name}-`;
  const stacks = stacksOf(values.assembly, prefix, environment.region);
  const kept = await saveReleased(stacks, prefix, values.released);
  console.log(
    `${environment.name}: ${kept} of ${stacks.length} stacks are deployed; their templates are in ${values.released}.`,
  );
  return 0;
});
