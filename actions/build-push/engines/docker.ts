import { availableParallelism } from 'node:os';
import { runCommand } from '../command.ts';
import { contextTree } from '../image/copy.ts';
import { packArchive } from '../image/layer.ts';
import { commonArguments, referenceOf, replacedText } from './arguments.ts';
import type { EngineOptions } from './choose.ts';
import type { BuildJob, BuiltImage, Engine } from './engine.ts';
import { platformFault } from './platform.ts';
import { runPush } from './push.ts';

/** Named so that it is nobody's: the context's own files keep their names. */
const DOCKERFILE = '.dockerfile-of-build-push';

/**
 * Docker without buildx. The builder of old knows neither `DOCKERFILE.dockerignore` nor times that stay the same,
 * so the context goes in as an archive of what is allowed.
 */
export function dockerEngine({ credentials }: EngineOptions): Engine {
  const env = { DOCKER_CONFIG: credentials, DOCKER_CLI_HINTS: 'false' };
  return {
    name: 'docker',
    parallel: availableParallelism(),
    check: ({ service }) => {
      if (service.platforms.length > 1) throw platformFault(service, 'docker');
    },
    build: async (job) => {
      const reference = referenceOf(job);
      const { signal, log } = job;
      const args = ['build', '--file', DOCKERFILE, '--tag', reference, ...platformArguments(job)];
      await runCommand({
        program: 'docker',
        args: [...args, ...commonArguments(job), '-'],
        env,
        input: await archiveOf(job),
        signal,
        log,
      });
      return pushed(
        await runPush({ program: 'docker', args: ['push', reference], env, signal, log }),
        reference,
      );
    },
  };
}

function platformArguments({ service }: BuildJob): string[] {
  return service.platforms.flatMap((platform) => ['--platform', platform]);
}

async function archiveOf(job: BuildJob): Promise<Buffer> {
  const owner = { mode: 0o644, uid: 0, gid: 0 };
  return packArchive([
    ...contextTree(job.context.entries).filter(({ path }) => path !== '.dockerignore'),
    { kind: 'text', path: DOCKERFILE, text: replacedText(job), ...owner },
    { kind: 'text', path: '.dockerignore', text: `.dockerignore\n${DOCKERFILE}\n`, ...owner },
  ]);
}

/** `TAG: digest: sha256:… size: 527`; each layer says of itself whether it was there. */
function pushed(output: string, reference: string): BuiltImage {
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (!digest) throw new Error(`docker push ${reference} did not say the digest`);
  const reused = output.match(/: (Layer already exists|Mounted from)/g)?.length ?? 0;
  const sent = output.match(/: Pushed/g)?.length ?? 0;
  return { digest, layers: { total: reused + sent, reused } };
}
