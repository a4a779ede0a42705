import { type Fault, FaultsError } from '../common/fault.ts';
import {
  booleanInput,
  choiceInput,
  durationInput,
  type InputsOf,
  jsonInput,
  readInputs,
  textInput,
} from '../common/inputs.ts';
import type { OnActive } from './active-deployment.ts';
import { imageFault, parseImage } from './image.ts';
import type { Release } from './release.ts';
import type { Target } from './target.ts';

const PHASES = ['prepare', 'commit', 'finish', 'rollback', 'release'] as const;

export type Phase = (typeof PHASES)[number];

const MINUTE = 60_000;

const table = {
  phase: oneOf(PHASES).default('release'),
  manifest: textInput.optional(),
  environment: textInput.optional(),
  images: jsonInput(async () => (await import('./wanted-images.ts')).wantedImages).optional(),
  cluster: textInput.optional(),
  service: textInput.optional(),
  container: textInput.optional(),
  image: textInput.optional(),
  application: textInput.optional(),
  'deployment-group': textInput.optional(),
  release: textInput.optional(),
  'dry-run': booleanInput.default(false),
  'expect-plan': textInput.optional(),
  'ignore-alarms': booleanInput.default(false),
  'on-active': oneOf(['wait', 'attach', 'supersede', 'fail']).default('fail'),
  'ready-timeout': durationInput.default(30 * MINUTE),
  'shift-timeout': durationInput.default(60 * MINUTE),
  bake: durationInput.default(5 * MINUTE),
  'finish-timeout': durationInput.default(30 * MINUTE),
  token: textInput.optional(),
};

type Raw = InputsOf<typeof table>;

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
  const raw = await readInputs(table);
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

function oneOf<const Word extends string>(words: readonly Word[]) {
  return choiceInput(words, `must be one of ${words.join(', ')}`);
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
