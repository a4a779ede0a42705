/** Checks workflows, the root action and the examples: GitHub's own language service, then the house's rules. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { breachesOf, type Surroundings, secretBreaches } from './policy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATTERNS = ['.github/workflows/*.yml', 'action.yml', 'examples/*/.github/workflows/*.yml'];

const surroundings: Surroundings = {
  scripts: Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Scripts).scripts),
  inputsOf: (folder) => {
    const file = join(root, folder, 'action.yml');
    if (!existsSync(file)) return undefined;
    const { inputs } = parse(readFileSync(file, 'utf8')) as { inputs?: Record<string, unknown> | null };
    return new Set(Object.keys(inputs ?? {}));
  },
};

interface Scripts {
  scripts: Record<string, string>;
}

const files = PATTERNS.flatMap((pattern) => {
  const found = globSync(pattern, { cwd: root });
  // A pattern that finds nothing checks nothing.
  if (found.length === 0) throw new Error(`${pattern}: no such file`);
  return found;
}).sort();
const faults = (await Promise.all(files.map(faultsOf))).flat();
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);

async function faultsOf(file: string): Promise<string[]> {
  const content = readFileSync(join(root, file), 'utf8');
  const breaches = [...breachesOf(file, content, surroundings), ...secretBreaches(file, content)];
  return [
    ...(await diagnosticsOf(file, content)),
    ...breaches.map(({ where, message }) => `${file}: ${where}: ${message}`),
  ];
}

async function diagnosticsOf(file: string, content: string): Promise<string[]> {
  const { validate } = await languageService();
  const document = TextDocument.create(`file:///${file}`, 'yaml', 1, content);
  const diagnostics = await validate(document, { fileProvider: { getFileContent } });
  return diagnostics.map(({ range, message }) => `${file}:${range.start.line + 1}: ${message}`);
}

/** Workflows that others call, so that what they give and return is checked too. */
async function getFileContent({ path }: { path: string }) {
  const name = path.replace(/^\.\//, '');
  return { name, content: readFileSync(join(root, name), 'utf8') };
}

/** It imports JSON without saying so, which Node wants to be told. */
function languageService() {
  registerHooks({
    load: (url, context, nextLoad) =>
      nextLoad(
        url,
        url.endsWith('.json')
          ? { ...context, importAttributes: { ...context.importAttributes, type: 'json' } }
          : context,
      ),
  });
  return import('@actions/languageservice');
}
