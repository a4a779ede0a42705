import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest } from '../../manifest/index.ts';
import { environmentOf, root, runCommand } from '../command.ts';
import { cdk, deployArguments } from './cdk.ts';
import { deployableStacks } from './deployable.ts';

const USAGE = `npm run stacks -- --environment NAME [--released FOLDER --assembly FOLDER] [--dry-run]

Deploys the stacks of an environment that changed, as far as they may change now. Run npm run synth first.
  --environment  an environment of pika.yml
  --released     where the templates that were deployed last are saved for comparison (default infra/released)
  --assembly     cloud assembly that is deployed (default cdk.out)
  --dry-run      prints what would be run
Exit code 0: deployed; 1: a stack or AWS failed, run it again; 2: the command line is wrong;
3: nothing was deployed, since something that cannot be made again would be lost.`;

await runCommand(USAGE, 'the stacks were not deployed', async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      released: { type: 'string', default: join(root, 'infra/released') },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const stacks = await deployableStacks(manifest, environment, values);
  if (!stacks) return 3;
  const command = deployArguments(stacks, values.assembly);
  if (!values['dry-run']) return (await cdk(command)) ? 0 : 1;
  console.log(`cdk ${command.join(' ')}`);
  return 0;
});
