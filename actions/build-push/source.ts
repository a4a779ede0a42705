import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type Fault, FaultsError } from '../common/fault.ts';
import { mapLimited } from '../common/poll.ts';
import { type Context, readContext } from './context/context.ts';
import { type Dockerfile, parseDockerfile } from './dockerfile/dockerfile.ts';
import { argNames, baseImages } from './dockerfile/stages.ts';
import type { Service } from './service.ts';

/** What of a service is on this machine, read once. */
export interface Source {
  service: Service;
  dockerfile: Dockerfile;
  context: Context;
  /** Of the service's, those that the Dockerfile declares. */
  args: Readonly<Record<string, string>>;
  /** Base images as the Dockerfile names them. */
  bases: readonly string[];
}

/** @param limit how many are read at the same time. @throws FaultsError with what is wrong in any of them. */
export async function readSources(
  services: readonly Service[],
  workspace: string,
  limit: number,
): Promise<{ sources: Source[]; warnings: string[] }> {
  const faults: Fault[] = [];
  const read = await mapLimited(services, limit, async (service) => {
    try {
      return await readSource(service, workspace);
    } catch (error) {
      faults.push(...faultsOf(error, service));
      return undefined;
    }
  });
  if (faults.length > 0) throw new FaultsError(faults);
  const sources = read.filter((source) => source !== undefined);
  return { sources, warnings: unusedArgs(sources) };
}

async function readSource(service: Service, workspace: string): Promise<Source> {
  const file = relative(workspace, service.dockerfile);
  const dockerfile = parseDockerfile(readFileSync(service.dockerfile, 'utf8'), file);
  const declared = argNames(dockerfile);
  const args = Object.fromEntries(Object.entries(service.args).filter(([name]) => declared.has(name)));
  const asked = { args, target: service.target };
  return {
    service,
    dockerfile,
    context: await readContext(service.context, service.dockerfile),
    args,
    bases: [
      ...new Set(service.platforms.flatMap((platform) => baseImages(dockerfile, { ...asked, platform }))),
    ],
  };
}

function faultsOf(error: unknown, { name, context, dockerfile }: Service): readonly Fault[] {
  if (error instanceof FaultsError) {
    return error.faults.map((fault) => ({ ...fault, subject: `service ${name}: ${fault.subject}` }));
  }
  const { code, path, message } = error as NodeJS.ErrnoException;
  const what = path === dockerfile ? `its Dockerfile ${dockerfile}` : `its context ${context}`;
  return [
    {
      subject: `service ${name}`,
      message: `${what} ${code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : `cannot be read: ${message}`}`,
      remedy: 'Check the sources out before this step; the path of the Dockerfile counts from the context',
    },
  ];
}

/** An argument for every service that no Dockerfile declares is a slip of the pen. */
function unusedArgs(sources: readonly Source[]): string[] {
  const used = new Set(sources.flatMap(({ args }) => Object.keys(args)));
  const given = new Set(sources.flatMap(({ service }) => Object.keys(service.args)));
  return [...given]
    .filter((name) => !used.has(name))
    .map((name) => `Build argument ${name} is declared by no Dockerfile (ARG ${name}) and has no effect.`);
}
