import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, posix, sep } from 'node:path';
import type { UnpackedImage } from './pull.ts';
import { type ContainerStart, StartError } from './runtime.ts';

type Start = ContainerStart<UnpackedImage>;

/** What to start in place of a container's command, its root not being changed. */
export interface Executable {
  file: string;
  args: string[];
  cwd: string;
  environment: Record<string, string>;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * `node`, wherever the image has it, is the Node that runs here: an image's own is made for another C
 * library or processor. Anything else is looked up in the image. Absolute paths that exist in the
 * image, as arguments or as the working directory, become paths of its unpacked root.
 * @throws StartError saying what was looked for, and where.
 */
export function executableOf(container: Start): Executable {
  const { image } = container;
  const [program, ...args] = commandOf(container);
  if (program === undefined) throw new StartError('no command specified');
  const environment = { ...image.environment, ...container.environment };
  const search = (environment.PATH ?? defaultPath).split(delimiter);
  const cwd = workingDirectory(container);
  return {
    file: find(program, search, cwd, container),
    args: args.map((arg) => intoRoot(arg, image.root)),
    cwd,
    environment: {
      ...environment,
      PATH: [dirname(process.execPath), ...search.map((folder) => join(image.root, folder)), ...search].join(
        delimiter,
      ),
    },
  };
}

/** As Docker combines them: an entry point in the task definition drops the image's command. */
function commandOf({ image, entryPoint, command }: Start): readonly string[] {
  if (entryPoint && entryPoint.length > 0) return [...entryPoint, ...(command ?? [])];
  return [...image.entryPoint, ...(command ?? image.command)];
}

function workingDirectory({ image, workingDirectory: asked }: Start): string {
  const folder = asked ?? image.workingDirectory;
  const inside = join(image.root, posix.join('/', folder));
  if (existsSync(inside)) return inside;
  throw new StartError(`the working directory ${folder} does not exist in the image ${image.reference}`);
}

function find(program: string, search: readonly string[], cwd: string, { image, name }: Start): string {
  if (posix.basename(program) === 'node') return process.execPath;
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? join(image.root, program) : join(cwd, program)]
    : search.map((folder) => join(image.root, folder, program));
  const found = candidates.find((file) => isExecutable(file, image.root));
  if (found) return found;
  throw new StartError(
    `exec: "${program}": executable file not found in the image ${image.reference} of container ${name} (looked at ${candidates.map((file) => file.slice(image.root.length)).join(', ')})`,
  );
}

function isExecutable(file: string, root: string): boolean {
  try {
    const real = realpathSync(file);
    if (!real.startsWith(root + sep) || !statSync(real).isFile()) return false;
    accessSync(real, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function intoRoot(arg: string, root: string): string {
  const [, option = '', path = arg] = /^(--?[\w-]+=)(\/.*)$/.exec(arg) ?? [];
  if (!path.startsWith('/') || path === '/') return arg;
  const inside = join(root, posix.normalize(path));
  return existsSync(inside) ? `${option}${inside}` : arg;
}
