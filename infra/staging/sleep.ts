import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest } from '../../manifest/index.ts';
import { environmentOf, root, runCommand, UsageError } from '../command.ts';
import { loadConfiguration } from '../config/load.ts';
import { deployableStacks } from '../deploy/deployable.ts';
import { MINUTES } from '../deploy/poll.ts';
import { sentenceOf, sleepingSteps, takeStep, wakingSteps } from './steps.ts';

const USAGE = `npm run sleep -- --environment NAME [--wake] [--assembly FOLDER] [--dry-run]

Puts an environment to sleep, or wakes it. Only one whose configuration says that it sleeps. Run npm run synth first.
  --wake      starts database and NAT, then deploys the stacks
  --assembly  cloud assembly that names or holds them (default cdk.out)
  --dry-run   prints the steps instead of taking them
Exit code 0: done; 1: a step failed, run it again; 2: the command line is wrong;
3: nothing was woken, since something that cannot be made again would be lost.`;

await runCommand(USAGE, 'a step failed', async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      wake: { type: 'boolean', default: false },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const { assembly, wake } = values;
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const { environments } = loadConfiguration(manifest);
  const config = environments.get(environment.name);
  if (!config?.sleeps) {
    const sleepers = [...environments].filter(([, { sleeps }]) => sleeps).map(([name]) => name);
    throw new UsageError(
      `--environment ${environment.name}: those that sleep are ${sleepers.join(', ') || 'none'}`,
    );
  }
  const prefix = `${manifest.product}-${environment.name}`;
  const nat = config.network.egress === 'nat-instance';
  const released = join(root, 'infra/released');
  const stacks = wake ? await deployableStacks(manifest, environment, { released, assembly }) : [];
  if (!stacks) return 3;
  const steps = wake ? wakingSteps(prefix, stacks, nat) : sleepingSteps(prefix, nat);
  for (const step of steps) {
    if (values['dry-run']) console.log(sentenceOf(step));
    else if (!(await takeStep(step, { region: environment.region, assembly, poll: MINUTES }))) return 1;
  }
  return 0;
});
