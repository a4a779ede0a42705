import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globalScope, lookupIn } from '../dockerfile/stages.ts';
import { expand } from '../dockerfile/words.ts';
import type { BuildJob } from './engine.ts';

/** `HOST/NAME:TAG` */
export function referenceOf({ destination, tag }: BuildJob): string {
  return `${destination.host}/${destination.name}:${tag}`;
}

/** What `docker build`, `docker buildx build`, `buildah build` and `podman build` all understand. */
export function commonArguments({ service, args, labels }: BuildJob): string[] {
  return [
    ...(service.target ? ['--target', service.target] : []),
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
  ];
}

/** Secrets go by the environment of the command: neither its arguments nor a file show them. */
export function secretArguments(secrets: Readonly<Record<string, string>>): {
  args: string[];
  env: Record<string, string>;
} {
  const names = Object.keys(secrets);
  return {
    args: names.flatMap((name) => ['--secret', `id=${name},env=${variable(name)}`]),
    env: Object.fromEntries(names.map((name) => [variable(name), secrets[name] ?? ''])),
  };
}

function variable(name: string): string {
  return `BUILD_SECRET_${name.replace(/\W/g, '_')}`;
}

/** The Dockerfile with its base images replaced as the input base-images says. */
export function replacedText({ dockerfile, baseImages, service, args }: BuildJob): string {
  const lookup = lookupIn(globalScope(dockerfile, args, service.platforms[0] ?? ''));
  const lines = dockerfile.text.split('\n');
  for (const { base, line } of dockerfile.stages) {
    const image = baseImages[expand(base, lookup)];
    const text = lines[line - 1];
    if (image !== undefined && text !== undefined) lines[line - 1] = text.replace(base, image);
  }
  return lines.join('\n');
}

/** The Dockerfile and the .dockerignore to build by: the service's own, or copies of them when a base is replaced. */
export function buildFiles(job: BuildJob, temp: string): { dockerfile: string; ignore: string | undefined } {
  const { service, context, dockerfile } = job;
  const text = replacedText(job);
  if (text === dockerfile.text) return { dockerfile: service.dockerfile, ignore: context.ignoreFile };
  const copy = join(temp, `${service.name}.Dockerfile`);
  const ignore = `${copy}.dockerignore`;
  writeFileSync(copy, text);
  writeFileSync(ignore, context.ignoreFile ? readFileSync(context.ignoreFile) : '');
  return { dockerfile: copy, ignore };
}
