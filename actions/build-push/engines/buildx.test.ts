import { parseDockerfile } from '../dockerfile/dockerfile.ts';
import { secretArguments } from './arguments.ts';
import { buildxArguments } from './buildx.ts';
import type { BuildJob } from './engine.ts';

const job: BuildJob = {
  service: {
    name: 'web',
    repository: 'shop/web',
    context: '/w',
    dockerfile: '/w/Dockerfile',
    args: {},
    platforms: ['linux/arm64', 'linux/amd64'],
    target: 'run',
  },
  dockerfile: parseDockerfile('FROM scratch AS run', 'Dockerfile'),
  context: { entries: [], ignoreFile: undefined },
  args: { VERSION: '1' },
  labels: { team: 'a b' },
  baseImages: {},
  createdAt: new Date(0),
  destination: { host: 'registry.example', name: 'shop/web' },
  tag: 'inputs-1',
  signal: new AbortController().signal,
  log: () => undefined,
};

describe('the command line of buildx', () => {
  it('pushes an index with attestations, and keeps the cache in the repository', () => {
    const line = buildxArguments(
      job,
      { name: 'own', isContainer: true },
      { temp: '/t', attestations: true, cache: 'registry' },
    ).join(' ');
    expect(line).toContain(
      '--output type=image,name=registry.example/shop/web:inputs-1,push=true,oci-mediatypes=true,rewrite-timestamp=true',
    );
    expect(line).toContain(
      '--builder own --platform linux/arm64,linux/amd64 --provenance=mode=max --sbom=true',
    );
    expect(line).toContain(
      '--cache-to type=registry,ref=registry.example/shop/web:cache,mode=max,image-manifest=true',
    );
    expect(line).toContain('--target run --build-arg VERSION=1 --label team=a b');
  });

  it('asks the daemon’s own builder for no more than it can', () => {
    const line = buildxArguments(
      job,
      { name: undefined, isContainer: false },
      { temp: '/t', attestations: false, cache: 'none' },
    ).join(' ');
    expect(line).toContain('--provenance=false --sbom=false');
    expect(line).not.toMatch(/rewrite-timestamp|--cache|--builder/);
  });

  it('has no secret in it: only where the environment has it', () => {
    const { args, env } = secretArguments({ 'npm-token': 'hunter2' });
    expect(args).toEqual(['--secret', 'id=npm-token,env=BUILD_SECRET_npm_token']);
    expect(env).toEqual({ BUILD_SECRET_npm_token: 'hunter2' });
  });
});
