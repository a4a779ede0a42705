import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import { globalScope, lookupIn, neededStages } from '../dockerfile/stages.ts';
import { expand } from '../dockerfile/words.ts';
import { isLoopback } from '../registry/registry.ts';
import { buildFiles, commonArguments, referenceOf, secretArguments } from './arguments.ts';
import type { EngineOptions } from './choose.ts';
import type { BuildJob, Engine } from './engine.ts';
import { runPush } from './push.ts';

/** buildah and podman, whose `build` and `push` are the same. Storage and isolation are theirs to configure. */
export function buildahEngine(program: 'buildah' | 'podman', options: EngineOptions): Engine {
  const authfile = join(options.credentials, 'config.json');
  return {
    name: program,
    parallel: availableParallelism(),
    check: () => undefined,
    build: async (job) => {
      const { signal, log, service, destination } = job;
      const reference = referenceOf(job);
      const isMany = service.platforms.length > 1;
      const secrets = secretArguments(options.secrets);
      const args = [...buildArguments(job, options.temp, isMany), '--authfile', authfile, ...secrets.args];
      await runCommand({ program, args: [...args, service.context], env: secrets.env, signal, log });
      const digestFile = join(options.temp, `${service.name}.digest`);
      const access = [
        ...['--authfile', authfile, '--digestfile', digestFile],
        ...(isLoopback(destination.host) ? ['--tls-verify=false'] : []),
      ];
      const push = isMany ? ['manifest', 'push', '--all', ...access] : ['push', '--format', 'oci', ...access];
      await runPush({ program, args: [...push, reference, `docker://${reference}`], signal, log });
      return { digest: readFileSync(digestFile, 'utf8').trim() };
    },
  };
}

/** From `scratch` the cache does not tell platforms apart: the image of one would be taken for another's. */
function isFromScratch({ dockerfile, args, service, baseImages }: BuildJob): boolean {
  const [platform = ''] = service.platforms;
  const lookup = lookupIn(globalScope(dockerfile, args, platform));
  return neededStages(dockerfile, { args, target: service.target, platform }).some(({ base }) => {
    const name = expand(base, lookup);
    return (baseImages[name] ?? name) === 'scratch';
  });
}

function buildArguments(job: BuildJob, temp: string, isMany: boolean): string[] {
  const { service, createdAt } = job;
  const { dockerfile, ignore } = buildFiles(job, temp);
  return [
    ...['build', '--format', 'oci', '--layers', '--file', dockerfile],
    ...(isFromScratch(job) ? ['--no-cache'] : []),
    ...(ignore ? ['--ignorefile', ignore] : []),
    ...['--timestamp', String(Math.floor(createdAt.getTime() / 1_000))],
    ...['--platform', service.platforms.join(',')],
    ...(isMany ? ['--manifest', referenceOf(job)] : ['--tag', referenceOf(job)]),
    ...commonArguments(job),
  ];
}
