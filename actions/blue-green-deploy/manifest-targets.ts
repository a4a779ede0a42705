import { readFileSync } from 'node:fs';
import {
  environmentNames,
  loadManifest,
  type Manifest,
  ManifestError,
  serviceNames,
} from '../../manifest/index.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { imageFault, parseImage } from './image.ts';
import type { Target } from './target.ts';

/** What is wanted of one service: an image, or an image with variables and secrets to set. */
type Wanted =
  | string
  | {
      image: string;
      environment?: Record<string, string> | undefined;
      secrets?: Record<string, string> | undefined;
    };

/** The services that `images` names, addressed by the manifest. @throws FaultsError with everything that is wrong. */
export function manifestTargets(
  file: string,
  environment: string | undefined,
  images: Readonly<Record<string, Wanted>>,
): { targets: Target[]; environment: string; url?: string } {
  const manifest = readManifest(file);
  const declared = environment ? manifest.environments[environment] : undefined;
  const faults = manifestFaults(manifest, environment, images);
  const targets = Object.entries(images).flatMap(([name, value]): Target[] => {
    const change: Exclude<Wanted, string> = typeof value === 'string' ? { image: value } : value;
    const reference = parseImage(change.image);
    if (!reference) faults.push(imageFault(`input images at ${name}`, change.image));
    const service = manifest.services[name];
    if (!reference || !service || !declared || !environment) return [];
    return [
      {
        ...(change.environment && { environment: change.environment }),
        ...(change.secrets && { secrets: change.secrets }),
        ...namesOf(manifest, environment, name),
        name,
        image: reference,
        dependsOn: service.dependsOn,
      },
    ];
  });
  if (faults.length > 0 || !environment) throw new FaultsError(faults);
  return { targets, environment, ...(declared?.url && { url: declared.url }) };
}

function namesOf(manifest: Manifest, environment: string, name: string) {
  const { cluster, application } = environmentNames(manifest, environment);
  const { service, container, deploymentGroup } = serviceNames(manifest, environment, name);
  return { cluster, application, service, container, deploymentGroup };
}

function manifestFaults(
  manifest: Manifest,
  environment: string | undefined,
  images: Readonly<Record<string, Wanted>>,
): Fault[] {
  const environments = Object.keys(manifest.environments).join(', ');
  const services = Object.keys(manifest.services);
  const faults: Fault[] = [];
  if (!environment) {
    faults.push({
      subject: 'input environment',
      message: 'is required and was not given',
      remedy: `The manifest declares: ${environments}`,
    });
  } else if (!manifest.environments[environment]) {
    faults.push({
      subject: 'input environment',
      message: `${JSON.stringify(environment)} is not declared in the manifest`,
      remedy: `It declares: ${environments}`,
    });
  }
  if (Object.keys(images).length === 0) {
    faults.push({
      subject: 'input images',
      message: 'names no service',
      remedy: 'Give JSON: {"SERVICE": "REPOSITORY@sha256:DIGEST"}',
    });
  }
  for (const name of Object.keys(images)) {
    if (services.includes(name)) continue;
    faults.push({
      subject: `input images at ${name}`,
      message: 'is no service of the manifest',
      remedy: `It declares: ${services.join(', ')}`,
    });
  }
  return faults;
}

function readManifest(file: string): Manifest {
  try {
    readFileSync(file);
  } catch {
    throw new FaultsError([
      {
        subject: 'input manifest',
        message: `there is no file ${file}`,
        remedy: 'Check out the repository first, or give the path of the manifest',
      },
    ]);
  }
  try {
    return loadManifest(file);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new FaultsError(
      error.faults.map(({ file: name, line, column, path, message }) => ({
        subject: `manifest ${name}:${line}:${column}`,
        message: `${path} ${message}`,
      })),
    );
  }
}
