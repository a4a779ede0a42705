/**
 * Writes docs/reference.md, every input and output of the root action and of the workflows: `npm run docs`.
 * With `--check`, changes nothing and ends with 1 when the page is not what the files say.
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs', 'reference.md');

const member = z.object({
  description: z.string(),
  required: z.boolean().optional(),
  default: z.union([z.string(), z.boolean(), z.number()]).optional(),
  options: z.array(z.string()).optional(),
});
const members = z.record(z.string(), member).optional();
const action = z.object({ inputs: members, outputs: members });
const trigger = z.object({ inputs: members, outputs: members }).nullish();
const workflow = z.object({
  on: z.looseObject({ workflow_call: trigger, workflow_dispatch: trigger }),
});

type Members = z.infer<typeof members>;

const cell = (text: string) => text.trim().replaceAll('\n', ' ').replaceAll('|', '\\|');

function table(title: string, rows: Members): string[] {
  if (!rows || Object.keys(rows).length === 0) return [];
  const isInput = title.startsWith('Input');
  return [
    isInput
      ? `| ${title} | What it is | Default |\n| --- | --- | --- |`
      : `| ${title} | What it is |\n| --- | --- |`,
    ...Object.entries(rows).map(([name, { description, required, default: preset, options }]) => {
      const allowed = options ? ` One of ${options.map((option) => `\`${option}\``).join(', ')}.` : '';
      const value = required ? '**required**' : preset === undefined || preset === '' ? '' : `\`${preset}\``;
      return `| \`${name}\` | ${cell(description)}${allowed} |${isInput ? ` ${value} |` : ''}`;
    }),
    '',
  ];
}

function rootAction(): string[] {
  const { inputs, outputs } = action.parse(parse(readFileSync(join(root, 'action.yml'), 'utf8')));
  return ['## The root action', '', ...table('Input', inputs), ...table('Output', outputs)];
}

function workflowSection(file: string): string[] {
  const { on } = workflow.parse(parse(readFileSync(join(root, file), 'utf8')));
  const called = [...table('Input', on.workflow_call?.inputs), ...table('Output', on.workflow_call?.outputs)];
  const dispatched = on.workflow_call ? [] : table('Input', on.workflow_dispatch?.inputs);
  const lines = [...called, ...dispatched];
  return lines.length === 0 ? [] : [`## ${basename(file)}`, '', ...lines];
}

function reference(): string {
  const files = globSync('.github/workflows/*.yml', { cwd: root }).sort();
  const text = [
    '# Reference',
    '',
    '<!-- written by npm run docs -->',
    '',
    'Inputs and outputs of the actions stand in their READMEs: [build-push](../actions/build-push/README.md),',
    '[budget-gate](../actions/budget-gate/README.md), [blue-green-deploy](../actions/blue-green-deploy/README.md),',
    '[smoke-test](../actions/smoke-test/README.md), [test-access](../actions/test-access/README.md).',
    'Repository variables stand in [setup.md](setup.md#variables).',
    '',
    ...rootAction(),
    ...files.flatMap(workflowSection),
  ].join('\n');
  return execFileSync('biome', ['format', '--stdin-file-path=docs/reference.md'], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
}

const fresh = reference();
if (!process.argv.includes('--check')) writeFileSync(page, fresh);
else if (readFileSync(page, 'utf8') !== fresh) {
  console.error('docs/reference.md is not what action.yml and the workflows say: run npm run docs');
  process.exit(1);
}
