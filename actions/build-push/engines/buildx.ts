import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { saveState } from '@actions/core';
import { z } from 'zod';
import { runCommand } from '../command.ts';
import { buildFiles, commonArguments, referenceOf, secretArguments } from './arguments.ts';
import type { EngineOptions } from './choose.ts';
import type { BuildJob, Engine } from './engine.ts';
import { runPush } from './push.ts';

/** Which builder is used, and whether it is a container, which can do what the daemon's own cannot. */
interface Builder {
  name: string | undefined;
  isContainer: boolean;
}

export function buildxEngine(options: EngineOptions): Engine {
  let builder: Promise<Builder> | undefined;
  return {
    name: 'buildx',
    parallel: availableParallelism(),
    check: () => undefined,
    build: async (job) => {
      builder ??= builderFor(job, options);
      const secrets = secretArguments(options.secrets);
      const metadata = join(options.temp, `${job.service.name}.metadata.json`);
      await runPush({
        program: 'docker',
        args: [
          ...buildxArguments(job, await builder, options),
          '--metadata-file',
          metadata,
          ...secrets.args,
          job.service.context,
        ],
        env: {
          ...secrets.env,
          DOCKER_CONFIG: options.credentials,
          SOURCE_DATE_EPOCH: String(Math.floor(job.createdAt.getTime() / 1_000)),
        },
        signal: job.signal,
        log: job.log,
      });
      return {
        digest: metadataSchema.parse(JSON.parse(readFileSync(metadata, 'utf8')))['containerimage.digest'],
      };
    },
  };
}

const metadataSchema = z.object({ 'containerimage.digest': z.string() });

/** https://docs.docker.com/reference/cli/docker/buildx/build/ */
export function buildxArguments(
  job: BuildJob,
  builder: Builder,
  { temp, attestations, cache }: Pick<EngineOptions, 'temp' | 'attestations' | 'cache'>,
): string[] {
  const { dockerfile } = buildFiles(job, temp);
  const cacheReference = `type=registry,ref=${job.destination.host}/${job.destination.name}:cache`;
  const output = [
    `type=image,name=${referenceOf(job)},push=true`,
    ...(builder.isContainer ? ['oci-mediatypes=true,rewrite-timestamp=true'] : []),
  ];
  return [
    ...['buildx', 'build', '--progress', 'plain', '--file', dockerfile, '--output', output.join(',')],
    ...(builder.name ? ['--builder', builder.name] : []),
    ...['--platform', job.service.platforms.join(',')],
    ...[`--provenance=${attestations ? 'mode=max' : 'false'}`, `--sbom=${attestations}`],
    // ECR takes a cache only as an image: https://docs.docker.com/build/cache/backends/registry/
    ...(cache === 'registry'
      ? [
          ...['--cache-from', cacheReference],
          ...[
            '--cache-to',
            `${cacheReference},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
          ],
        ]
      : []),
    ...commonArguments(job),
  ];
}

/** The builder that is set up; one of our own where it is the daemon's and more is asked than that can do. */
async function builderFor({ service, signal, log }: BuildJob, options: EngineOptions): Promise<Builder> {
  const env = { DOCKER_CONFIG: options.credentials };
  const inspected = await runCommand({ program: 'docker', args: ['buildx', 'inspect'], env, signal, log });
  const isContainer = !/^Driver:\s+docker$/m.test(inspected);
  const isEnough = service.platforms.length === 1 && !options.attestations && options.cache === 'none';
  if (isContainer || isEnough) return { name: undefined, isContainer };
  const name = `build-push-${process.env.GITHUB_RUN_ID ?? process.pid}`;
  saveState('builder', name);
  await runCommand({
    program: 'docker',
    args: ['buildx', 'create', '--driver', 'docker-container', '--name', name],
    env,
    signal,
    log,
  });
  return { name, isContainer: true };
}
