/**
 * Bundles every action to `actions/NAME/dist` with ncc: `npm run build [NAME …]`.
 * tsc turns the sources into JavaScript in `.build`, ncc bundles that, swc minifies it, licences are kept.
 * What makes the bundles small: docs/decisions/0001-small-bundles.md.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModuleItem, minify, type Property, parse, type Span, type SpreadElement } from '@swc/core';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The actions that have an entry point. */
export function actionNames(): string[] {
  return readdirSync(join(root, 'actions')).filter((name) =>
    existsSync(join(root, 'actions', name, 'index.ts')),
  );
}

/** @param out `out(name)` is the folder that receives the bundle of an action. */
export async function build(names: readonly string[], out: (name: string) => string): Promise<void> {
  const compiled = join(root, '.build');
  rmSync(compiled, { recursive: true, force: true });
  execFileSync('tsc', ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
  copyShakeable('@actions/core', compiled);
  const { default: ncc } = await import('@vercel/ncc');
  for (const name of names) {
    // ncc resolves by the `paths` of the tsconfig that this variable names.
    process.env.TS_NODE_PROJECT = resolution(name);
    const { code, assets } = await ncc(join(compiled, 'actions', name, 'index.js'), {
      mainFields: ['module', 'main'],
      license: 'licenses.txt',
      quiet: true,
      target: 'es2024',
      cache: false,
    });
    const folder = out(name);
    rmSync(folder, { recursive: true, force: true });
    write(join(folder, 'index.js'), await small(code));
    for (const [file, asset] of Object.entries(assets)) {
      write(join(folder, file), file.endsWith('.js') ? await small(String(asset.source)) : asset.source);
    }
  }
}

/** An action's own tsconfig for its bundle, where there is one; the one of all otherwise. */
function resolution(name: string): string {
  const own = join(root, 'scripts', 'bundle', `tsconfig.${name}.json`);
  return existsSync(own) ? own : join(root, 'scripts', 'bundle', 'tsconfig.json');
}

/**
 * A copy that says of itself that importing it has no effects, which holds and which its package.json leaves
 * out: so that its OIDC client and its platform probe, with child processes, are only in bundles that use them.
 */
function copyShakeable(name: string, into: string): void {
  const copy = join(into, 'vendor', name);
  cpSync(join(root, 'node_modules', name), copy, { recursive: true });
  const description = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as object;
  write(join(copy, 'package.json'), JSON.stringify({ ...description, sideEffects: false }));
}

/**
 * Errors carry their name as a member, so class names may go. Each pass sheds schemas that only the last one's named.
 * One letter beyond ASCII would make V8 hold the file, and read it, as two bytes a letter.
 */
async function small(source: string): Promise<string> {
  const { code } = await minify(directly(source), {
    module: true,
    ecma: 2020,
    compress: { ecma: 2020, passes: 20, toplevel: true },
    mangle: { toplevel: true },
    format: { asciiOnly: true },
  });
  return eager(code);
}

/**
 * ncc makes a `require` for each of Node's own modules that a bundle takes; Node gives them out without one, and without
 * its loader of CommonJS, in 3 ms less for all of them.
 */
function directly(source: string): string {
  const taken = source.replace(
    /__WEBPACK_EXTERNAL_createRequire\(import\.meta\.url\)\("([^"]+)"\)/g,
    (_, name: string) => {
      if (!isBuiltin(name))
        throw new Error(`the bundle takes ${name}, which is no module of Node and is not in it`);
      return `process.getBuiltinModule(${JSON.stringify(name)})`;
    },
  );
  return taken.replace(
    /^import \{ createRequire as __WEBPACK_EXTERNAL_createRequire \} from "module";$/m,
    '',
  );
}

/**
 * Puts parentheses around the functions that hold modules. V8 compiles such a function when it reads the file; one
 * without them it only skims, and reads again as soon as it is called, which the modules of a file are at once.
 */
async function eager(code: string): Promise<string> {
  const { body } = await parse(code, { syntax: 'ecmascript', target: 'es2024' });
  const bytes = Buffer.from(code);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of body.flatMap(moduleFunctions)) {
    // Spans count bytes, from 1.
    parts.push(
      bytes.subarray(at, start - 1),
      Buffer.from('('),
      bytes.subarray(start - 1, end - 1),
      Buffer.from(')'),
    );
    at = end - 1;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]).toString();
}

/** Where webpack's table of modules, number → function, has its functions. */
function moduleFunctions(item: ModuleItem): Span[] {
  const declaration = item.type === 'ExportDeclaration' ? item.declaration : item;
  if (declaration.type !== 'VariableDeclaration') return [];
  return declaration.declarations.flatMap(({ init }) =>
    init?.type === 'ObjectExpression' ? init.properties.flatMap(moduleFunction) : [],
  );
}

function moduleFunction(property: Property | SpreadElement): Span[] {
  if (property.type !== 'KeyValueProperty' || property.key.type !== 'NumericLiteral') return [];
  const { value } = property;
  return value.type === 'ArrowFunctionExpression' || value.type === 'FunctionExpression' ? [value.span] : [];
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  const known = actionNames();
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`No such action: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
    process.exit(2);
  }
  const names = asked.length > 0 ? asked : known;
  await build(names, (name) => join(root, 'actions', name, 'dist'));
  console.log(`Built ${names.join(', ')}.`);
}
