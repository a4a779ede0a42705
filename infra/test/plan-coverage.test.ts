import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../command.ts';

const page = readFileSync(join(root, 'docs/plan-coverage.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('| the plan') && !line.startsWith('| -'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, plan = '', where = '']) => ({ plan, where }));

it('names only files that are there', () => {
  const links = [...page.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, path = '']) => path);
  expect(links.filter((path) => !existsSync(join(root, 'docs', path)))).toEqual([]);
  expect(links.length).toBeGreaterThan(60);
});

it('says of every line where it is, or that it is not', () => {
  const unsaid = rows.filter(({ where }) => !/\]\(|^not here|none is named/.test(where));
  expect(unsaid.map(({ plan }) => plan)).toEqual([]);
});
