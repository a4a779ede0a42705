import { z } from 'zod';
import { type Fault, FaultsError } from '../common/fault.ts';
import { booleanInput, durationInput, jsonInput, readInputs } from '../common/inputs.ts';
import type { OnActive } from './active-deployment.ts';
import { imageFault, parseImage } from './image.ts';
import type { Release } from './release.ts';
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
  'ignore-alarms': booleanInput.default(false),
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
  ignoreAlarms: boolean;
  onActive: OnActive;
  readyTimeout: number;
  shiftTimeout: number;
  bake: number;
  finishTimeout: number;
  token?: string;
}

/** @throws FaultsError with everything that is wrong with the inputs. */
export async function readActionInputs(): Promise<Inputs> {
  const raw = readInputs(schema);
  const common = {
    phase: raw.phase,
    dryRun: raw['dry-run'],
    ignoreAlarms: raw['ignore-alarms'],
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
    return { ...common, targets: [], release: await readRelease(raw) };
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
  if (isOne) return { ...common, targets: [oneTarget(raw)] };
  const { manifestTargets } = await import('./manifest-targets.ts');
  return { ...common, ...manifestTargets(raw.manifest ?? 'pika.yml', raw.environment, raw.images ?? {}) };
}

const ONE = ['cluster', 'service', 'container', 'image', 'application', 'deployment-group'] as const;

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

async function readRelease({ phase, release }: Raw): Promise<Release> {
  if (!release) {
    throw new FaultsError([
      {
        subject: 'input release',
        message: `is required for phase ${phase} and was not given`,
        remedy: 'Give it the output release of the step that prepared: steps.ID.outputs.release',
      },
    ]);
  }
  const { parseRelease } = await import('./release.ts');
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
