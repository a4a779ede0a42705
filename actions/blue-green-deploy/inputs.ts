import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  environmentNames,
  loadManifest,
  type Manifest,
  ManifestError,
  serviceNames,
} from '../../manifest/index.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { booleanInput, durationInput, jsonInput, readInputs } from '../common/inputs.ts';
import type { OnActive } from './active-deployment.ts';
import { parseImage } from './image.ts';
import { parseRelease, type Release } from './release.ts';
import type { Target } from './target.ts';

const PHASES = ['prepare', 'commit', 'finish', 'rollback', 'release'] as const;

export type Phase = (typeof PHASES)[number];

/** What `build-push` hands on, or a plain image. Members that are not known here belong to others. */
const wanted = z.union([
  z.string(),
  z.looseObject({
    image: z.string(),
    environment: z.record(z.string(), z.string()).optional(),
    secrets: z.record(z.string(), z.string()).optional(),
  }),
]);

const schema = z.object({
  phase: oneOf(PHASES).default('release'),
  manifest: z.string().optional(),
  environment: z.string().optional(),
  images: jsonInput(z.record(z.string(), wanted)).optional(),
  cluster: z.string().optional(),
  service: z.string().optional(),
  container: z.string().optional(),
  image: z.string().optional(),
  application: z.string().optional(),
  'deployment-group': z.string().optional(),
  release: z.string().optional(),
  'dry-run': booleanInput.default(false),
  'expect-plan': z.string().optional(),
  'on-active': oneOf(['wait', 'attach', 'supersede', 'fail']).default('fail'),
  'ready-timeout': durationInput.prefault('30m'),
  'shift-timeout': durationInput.prefault('60m'),
  bake: durationInput.prefault('5m'),
  'finish-timeout': durationInput.prefault('30m'),
  token: z.string().optional(),
});

type Raw = z.infer<typeof schema>;

/** The action's inputs, checked; what a phase needs is there. */
export interface Inputs {
  phase: Phase;
  targets: Target[];
  /** Of an earlier phase. */
  release?: Release;
  environment?: string;
  url?: string;
  dryRun: boolean;
  expectPlan?: string;
  onActive: OnActive;
  readyTimeout: number;
  shiftTimeout: number;
  bake: number;
  finishTimeout: number;
  token?: string;
}

/** @throws FaultsError with everything that is wrong with the inputs. */
export function readActionInputs(): Inputs {
  const raw = readInputs(schema);
  const common = {
    phase: raw.phase,
    dryRun: raw['dry-run'],
    onActive: raw['on-active'],
    readyTimeout: raw['ready-timeout'],
    shiftTimeout: raw['shift-timeout'],
    bake: raw.bake,
    finishTimeout: raw['finish-timeout'],
    ...(raw['expect-plan'] && { expectPlan: raw['expect-plan'] }),
    ...(raw.token && { token: raw.token }),
    ...(raw.environment && { environment: raw.environment }),
  };
  if (raw.phase !== 'prepare' && raw.phase !== 'release') {
    return { ...common, targets: [], release: readRelease(raw) };
  }
  const isMany = raw.manifest !== undefined || raw.images !== undefined || raw.environment !== undefined;
  const isOne = ONE.some((name) => raw[name] !== undefined);
  if (isMany && isOne) {
    throw new FaultsError([
      {
        subject: `input ${ONE.find((name) => raw[name] !== undefined)}`,
        message: 'names one service, while manifest, environment or images name many',
        remedy:
          'Give either cluster, service, image, application and deployment-group, or environment and images',
      },
    ]);
  }
  return isOne ? { ...common, targets: [oneTarget(raw)] } : { ...common, ...manyTargets(raw) };
}

const ONE = ['cluster', 'service', 'container', 'image', 'application', 'deployment-group'] as const;

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

function readRelease({ phase, release }: Raw): Release {
  if (!release) {
    throw new FaultsError([
      {
        subject: 'input release',
        message: `is required for phase ${phase} and was not given`,
        remedy: 'Give it the output release of the step that prepared: steps.ID.outputs.release',
      },
    ]);
  }
  try {
    return parseRelease(release);
  } catch (error) {
    throw new FaultsError([
      {
        subject: 'input release',
        message: `${JSON.stringify(release.length > 40 ? `${release.slice(0, 40)}…` : release)} ${(error as Error).message}`,
        remedy: 'Give it the output release of the step that prepared, unchanged',
      },
    ]);
  }
}

function oneTarget(raw: Raw): Target {
  const { cluster, service, image, application, 'deployment-group': deploymentGroup } = raw;
  const missing = (['cluster', 'service', 'image', 'application', 'deployment-group'] as const).filter(
    (name) => raw[name] === undefined,
  );
  const faults: Fault[] = missing.map((name) => ({
    subject: `input ${name}`,
    message: 'is required and was not given',
    remedy: 'One service needs cluster, service, image, application and deployment-group',
  }));
  const reference = image === undefined ? undefined : parseImage(image);
  if (image !== undefined && !reference) faults.push(imageFault('input image', image));
  if (!cluster || !service || !application || !deploymentGroup || !reference) throw new FaultsError(faults);
  return {
    name: service,
    cluster,
    service,
    application,
    deploymentGroup,
    image: reference,
    dependsOn: [],
    ...(raw.container && { container: raw.container }),
  };
}

function imageFault(subject: string, image: string): Fault {
  return {
    subject,
    message: `${JSON.stringify(image)} has no digest`,
    remedy: 'It must be REPOSITORY@sha256:DIGEST, so that what was tested is what runs',
  };
}

function manyTargets(raw: Raw): { targets: Target[]; environment: string; url?: string } {
  const manifest = readManifest(raw.manifest ?? 'pika.yml');
  const { environment, images } = raw;
  const declared = environment ? manifest.environments[environment] : undefined;
  const faults = manyFaults(manifest, raw);
  const targets = Object.entries(images ?? {}).flatMap(([name, value]): Target[] => {
    const change = typeof value === 'string' ? { image: value } : value;
    const reference = parseImage(change.image);
    if (!reference) faults.push(imageFault(`input images at ${name}`, change.image));
    const service = manifest.services[name];
    if (!reference || !service || !declared || !environment) return [];
    return [
      {
        ...change,
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

function manyFaults(manifest: Manifest, { environment, images }: Raw): Fault[] {
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
  if (!images || Object.keys(images).length === 0) {
    faults.push({
      subject: 'input images',
      message: images ? 'names no service' : 'is required and was not given',
      remedy: 'Give JSON: {"SERVICE": "REPOSITORY@sha256:DIGEST"}',
    });
  }
  for (const name of Object.keys(images ?? {})) {
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
