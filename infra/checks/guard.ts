import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest } from '../../manifest/index.ts';
import { environmentOf, root, runCommand, UsageError } from '../command.ts';
import { mayDeploy } from './may-deploy.ts';
import { readTemplates } from './released-templates.ts';

const USAGE = `npm run guard -- --environment NAME [--released FOLDER --assembly FOLDER]

Says whether the stacks of an environment may be deployed now.
  --environment  an environment of pika.yml
  --released     folder of the templates that were deployed last (default infra/released, as npm run released saves them)
  --assembly     folder of the templates that are to be deployed (default cdk.out)
Exit code 0: they may; 1: platform and services must not, with every reason, or AWS did not answer; 2: the command line is wrong;
3: none may, since something that cannot be made again would be lost.`;

/** The guard before a stack deploy: live weights against PRIMARY task sets, and templates against the last ones. */
await runCommand(USAGE, 'what is live cannot be read', async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      released: { type: 'string' },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const { assembly } = values;
  const released = values.released ?? savedTemplates();
  if (released === undefined) {
    console.log('No templates to compare with: npm run released saves those that are deployed.');
  } else {
    for (const folder of [released, assembly]) {
      if (existsSync(folder)) continue;
      throw new UsageError(`${folder}: is no folder of templates; run npm run synth for cdk.out`);
    }
  }
  const prefix = `${manifest.product}-${environment.name}-`;
  const { verdict, reasons } = await mayDeploy(manifest, environment, {
    released: released === undefined ? {} : readTemplates(released, prefix),
    next: released === undefined ? {} : readTemplates(assembly, prefix),
  });
  if (verdict === 'free') {
    console.log(`${environment.name}: blue is live or nothing is there yet; the stacks may be deployed.`);
    return 0;
  }
  const list = reasons.map((reason) => `  ${reason}`).join('\n');
  console.error(`${environment.name}: the stacks must not be deployed now.\n${list}`);
  return verdict === 'lost' ? 3 : 1;
});

/** Where `npm run released` saves; undefined as long as it never ran. */
function savedTemplates(): string | undefined {
  const folder = join(root, 'infra/released');
  return existsSync(folder) ? folder : undefined;
}
