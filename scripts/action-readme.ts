/**
 * Writes the tables of inputs and outputs into each action's README from its action.yml: `npm run docs`.
 * With `--check`, changes nothing and ends with 1 when a README is not what action.yml says.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { actionNames, root } from './build.ts';

const member = z.object({
  description: z.string(),
  default: z.string().optional(),
  required: z.boolean().optional(),
});
const metadata = z.object({
  name: z.string(),
  description: z.string(),
  inputs: z.record(z.string(), member).default({}),
  outputs: z.record(z.string(), member).default({}),
});

const BEGIN = '<!-- begin: generated from action.yml by npm run docs -->';
const END = '<!-- end: generated -->';

function generated(file: string): string {
  const { inputs, outputs } = metadata.parse(parse(readFileSync(file, 'utf8')));
  const cell = (text: string) => text.trim().replaceAll('\n', ' ').replaceAll('|', '\\|');
  const inputRows = Object.entries(inputs).map(([name, { description, default: preset, required }]) => {
    const value = required ? '**required**' : preset ? `\`${preset}\`` : '';
    return `| \`${name}\` | ${cell(description)} | ${value} |`;
  });
  const outputRows = Object.entries(outputs).map(
    ([name, { description }]) => `| \`${name}\` | ${cell(description)} |`,
  );
  const tables = ['## Inputs', '', '| Input | What it is | Default |', '| --- | --- | --- |', ...inputRows];
  if (outputRows.length > 0) {
    tables.push('', '## Outputs', '', '| Output | What it is |', '| --- | --- |', ...outputRows);
  }
  return `${BEGIN}\n\n${tables.join('\n')}\n\n${END}`;
}

/** A README keeps what a person wrote around the generated part; a new one gets a heading. */
function readme(folder: string): string {
  const file = join(folder, 'action.yml');
  const path = join(folder, 'README.md');
  const { name, description } = metadata.parse(parse(readFileSync(file, 'utf8')));
  const now = existsSync(path)
    ? readFileSync(path, 'utf8')
    : `# ${name}\n\n${description.trim()}\n\n${BEGIN}${END}\n`;
  const [before, rest] = [now.split(BEGIN)[0] ?? '', now.split(END)[1] ?? '\n'];
  return formatted(`${before}${generated(file)}${rest}`, path);
}

/** As `npm run lint` wants it. */
function formatted(text: string, path: string): string {
  return execFileSync('biome', ['format', `--stdin-file-path=${path}`], {
    input: text,
    encoding: 'utf8',
    cwd: root,
  });
}

const isCheck = process.argv.includes('--check');
const stale: string[] = [];
for (const action of actionNames()) {
  const folder = join(root, 'actions', action);
  if (!existsSync(join(folder, 'action.yml'))) continue;
  const path = join(folder, 'README.md');
  const text = readme(folder);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (isCheck) stale.push(`actions/${action}/README.md`);
  else writeFileSync(path, text);
}
if (stale.length > 0) {
  console.error(`Not what action.yml says: ${stale.join(', ')}. Run npm run docs.`);
  process.exit(1);
}
