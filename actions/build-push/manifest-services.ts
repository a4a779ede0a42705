import { dirname, resolve } from 'node:path';
import { loadManifest, type Manifest, ManifestError, serviceNames } from '../../manifest/index.ts';
import { FaultsError } from '../common/fault.ts';
import type { Service } from './service.ts';

interface Wanted {
  /** Absolute path of the manifest. */
  file: string;
  only: readonly string[] | undefined;
  platforms: readonly string[] | undefined;
}

/** The manifest's services, or those that are asked for. @throws FaultsError with everything that is wrong. */
export function manifestServices({ file, only, platforms }: Wanted): Service[] {
  const manifest = readManifest(file);
  const declared = Object.keys(manifest.services);
  const unknown = (only ?? []).filter((name) => !declared.includes(name));
  if (unknown.length > 0) {
    throw new FaultsError(
      unknown.map((name) => ({
        subject: 'input services',
        message: `${JSON.stringify(name)} is not declared in ${file}`,
        remedy: `It declares: ${declared.join(', ')}`,
      })),
    );
  }
  // Repositories are shared by all environments, so any of them will do.
  const environment = Object.keys(manifest.environments)[0] ?? '';
  return Object.entries(manifest.services)
    .filter(([name]) => !only || only.includes(name))
    .map(([name, { build }]) => {
      const context = resolve(dirname(file), build.context);
      return {
        name,
        repository: serviceNames(manifest, environment, name).repository,
        context,
        dockerfile: resolve(context, build.dockerfile ?? 'Dockerfile'),
        args: build.args ?? {},
        platforms: platforms ?? [manifest.platform],
        ...(build.target && { target: build.target }),
      };
    });
}

function readManifest(file: string): Manifest {
  try {
    return loadManifest(file);
  } catch (error) {
    if (error instanceof ManifestError) {
      throw new FaultsError(
        error.faults.map(({ file, line, column, path, message }) => ({
          subject: path,
          message,
          at: { file, line, column },
        })),
      );
    }
    throw new FaultsError([
      {
        subject: 'input manifest',
        message: `${file} cannot be read: ${(error as Error).message}`,
        remedy: 'Give the path of the release manifest, or repository and context for one service',
      },
    ]);
  }
}
