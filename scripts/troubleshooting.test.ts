import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PATTERNS = [
  'actions/**/*.ts',
  'manifest/*.ts',
  'infra/**/*.ts',
  'scripts/**/*.ts',
  'rehearsal/{github,pipeline,stacks}/**/*.ts',
];

const sources = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((file) => !/\.test\.|\/dist\/|\/test\//.test(file))
  .map((file) => readFileSync(`${root}/${file}`, 'utf8'));
const headings = [
  ...readFileSync(`${root}/docs/troubleshooting.md`, 'utf8').matchAll(
    /^### `(.+)`(?<aws> \((?:AWS|workflow)\))?$/gm,
  ),
];

describe('docs/troubleshooting.md', () => {
  it.each(headings.filter(({ groups }) => !groups?.aws).map(([, text = '']) => text))(
    'quotes a message that the code says: %s',
    (text) => {
      const words = text.split('…').map((part) => part.trim());
      const said = sources.some((source) => words.every((part) => source.includes(part)));
      expect(said).toBe(true);
    },
  );

  it('has headings', () => expect(headings.length).toBeGreaterThan(30));
});
