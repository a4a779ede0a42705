import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest, type Manifest } from '../../manifest/index.ts';
import { annotate, environmentOf, faultOf, root, runCommand } from '../command.ts';
import { stacksOf } from './assembly-stacks.ts';
import { changesDetails, changesSentence, type StackChanges } from './changes-report.ts';
import { FROZEN, mayDeploy } from './may-deploy.ts';
import { readDeployed, readTemplates } from './released-templates.ts';
import { stackChange } from './stack-changes.ts';

const USAGE = `npm run changes -- --environment NAME [--assembly FOLDER]

Says what a deploy would change in the stacks of an environment, as it is deployed now. Changes nothing.
  --environment  an environment of pika.yml
  --assembly     cloud assembly that would be deployed (default cdk.out)
As a step of a workflow it sets the outputs sentence and details, in Markdown.
Exit code 0: said, also that something cannot be read, with the reason; 2: the command line is wrong.`;

await runCommand(USAGE, 'what would change is not known', async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const changes = await readChanges(manifest, environmentOf(manifest, values.environment), values.assembly);
  const outputs = { sentence: changesSentence(changes), details: changesDetails(changes) };
  console.log(`${changes.environment}: ${outputs.sentence}\n\n${outputs.details}`);
  const unknown = [
    ...changes.unread.map(({ stack, why }) => `${stack}: ${why}`),
    ...('why' in changes.guard ? [changes.guard.why] : []),
  ];
  if (unknown.length > 0) annotate('warning', 'Not all of the stacks could be read', unknown.join('\n'));
  setOutputs(outputs);
  return 0;
});

async function readChanges(
  manifest: Manifest,
  environment: { name: string; region: string },
  assembly: string,
): Promise<StackChanges> {
  const prefix = `${manifest.product}-${environment.name}-`;
  const stacks = stacksOf(assembly, prefix, environment.region);
  const next = readTemplates(assembly, prefix);
  const deployed = await readDeployed(stacks);
  const read = deployed.flatMap((stack) => ('fault' in stack ? [] : [stack]));
  const changes = read.flatMap(({ name, template }) => stackChange(name, template, next[name]) ?? []);
  const released = Object.fromEntries(
    read.flatMap(({ name, template }) => (template === undefined ? [] : [[name, template]])),
  );
  const guard = await mayDeploy(manifest, environment, { released, next }).catch(
    (error: unknown) => ({ verdict: 'unknown', why: faultOf(error) }) as const,
  );
  const frozen = guard.verdict === 'frozen' ? FROZEN.map((name) => `${prefix}${name}`) : [];
  return {
    environment: environment.name,
    stacks: stacks.length,
    changes,
    unread: deployed.flatMap((stack) => ('fault' in stack ? [{ stack: stack.name, why: stack.fault }] : [])),
    guard,
    leftOut: changes.map(({ stack }) => stack).filter((stack) => frozen.includes(stack)),
  };
}

function setOutputs(outputs: Readonly<Record<string, string>>): void {
  const file = process.env.GITHUB_OUTPUT;
  if (!file) return;
  for (const [name, value] of Object.entries(outputs)) {
    const end = randomUUID();
    appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`);
  }
}
