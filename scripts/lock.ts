/**
 * `npm run lock`: completes `package-lock.json` after a dependency was added. Some registries do not have the
 * packages of other platforms; npm then leaves them out of the lock, and `npm ci` refuses a lock without them.
 * They are written down here by name and version, and fetched only on the platform that needs them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const entrySchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });

type Entry = z.infer<typeof entrySchema>;

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** What npm would have written of a package for one platform, as far as its name says it. */
function platformEntry(name: string, version: string, dev: boolean): Entry | undefined {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), optional: true, os: [os] };
}

/** Whether a package that `parent` asks for is found from its folder upwards. */
function isLocked(packages: Readonly<Record<string, Entry>>, parent: string, name: string): boolean {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const added: string[] = [];
for (const [parent, { dev = false, optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(lock.packages, parent, name)) continue;
    const entry = platformEntry(name, version, dev);
    if (!entry)
      throw new Error(`${name}, which ${parent} asks for, names no platform: add it to the lock by hand`);
    lock.packages[`node_modules/${name}`] = entry;
    added.push(name);
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  added.length === 0 ? 'The lock is complete.' : `Added ${added.length} packages of other platforms.`,
);
