import { arch } from 'node:os';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import { type Fault, FaultsError } from '../common/fault.ts';
import {
  booleanInput,
  choiceInput,
  durationInput,
  type InputsOf,
  input,
  integerInput,
  jsonInput,
  listInput,
  patternListInput,
  readInputs,
  textInput,
} from '../common/inputs.ts';
import { ENGINES } from './engines/engine.ts';
import { argFaults } from './secret-args.ts';
import type { Service } from './service.ts';
import { SEVERITIES } from './severity.ts';

/** `NAME=value`, one a line. */
const pairsInput = input((text, refuse) => {
  const pairs: Record<string, string> = {};
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const equals = line.indexOf('=');
    if (equals < 1) refuse('must be NAME=value, one a line');
    else pairs[line.slice(0, equals).trim()] = line.slice(equals + 1);
  }
  return pairs;
});

const UNITS = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30 } as const;

const bytesInput = input((text, refuse) => {
  if (!/^\d+(\.\d+)? ?(B|KB|MB|GB|KiB|MiB|GiB)$/.test(text))
    return refuse('must be a size such as 200MB or 1.5GiB');
  const unit = text.replace(/^[\d. ]+/, '') as keyof typeof UNITS;
  return Number.parseFloat(text) * UNITS[unit];
});

const table = {
  manifest: textInput.optional(),
  services: listInput.optional(),
  service: textInput.optional(),
  repository: textInput.optional(),
  context: textInput.optional(),
  dockerfile: textInput.optional(),
  target: textInput.optional(),
  'build-args': jsonInput(async () => (await import('./json-inputs.ts')).buildArgs).default({}),
  secrets: pairsInput.default({}),
  platforms: patternListInput(/^linux\/(amd64|arm64)$/, 'must be linux/amd64 or linux/arm64').optional(),
  labels: pairsInput.default({}),
  'base-images': jsonInput(async () => (await import('./json-inputs.ts')).baseImages).default({}),
  engine: choiceInput(['auto', ...ENGINES], `must be one of auto, ${ENGINES.join(', ')}`).default('auto'),
  parallel: integerInput({ min: 1, max: 32 }).optional(),
  tags: patternListInput(/^\w[\w.-]{0,127}$/, 'must be tags of at most 128 letters, digits, _ . -').default(
    [],
  ),
  'create-repositories': booleanInput.default(false),
  cache: choiceInput(['registry', 'none'], 'must be registry or none').default('none'),
  attestations: booleanInput.default(false),
  'max-size': bytesInput.optional(),
  'fail-on-severity': choiceInput(
    ['none', ...SEVERITIES],
    `must be one of none, ${SEVERITIES.join(', ')}`,
  ).default('none'),
  timeout: durationInput.default(30 * 60_000),
};

type Raw = InputsOf<typeof table>;
type Severity = (typeof SEVERITIES)[number];

/** The action's inputs, checked. */
export interface Inputs {
  services: Service[];
  /** The folder that paths are shown from and may not leave. */
  workspace: string;
  secrets: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  /** Base image as a Dockerfile names it → `scratch` or the image to take in its place. */
  baseImages: Readonly<Record<string, string>>;
  engine: Raw['engine'];
  parallel: number | undefined;
  tags: readonly string[];
  createRepositories: boolean;
  cache: Raw['cache'];
  attestations: boolean;
  /** Bytes. */
  maxSize: number | undefined;
  failOn: Severity | undefined;
  /** Milliseconds. */
  timeout: number;
}

/** @throws FaultsError with everything that is wrong with the inputs. */
export async function readActionInputs(): Promise<Inputs> {
  const raw = await readInputs(table);
  const workspace = resolve(process.env.GITHUB_WORKSPACE || process.cwd());
  const one = ONE.find((name) => raw[name] !== undefined);
  const many = raw.manifest === undefined ? raw.services && 'services' : 'manifest';
  if (one && many) {
    throw new FaultsError([
      {
        subject: `input ${one}`,
        message: `is about one service, while ${many} is about many`,
        remedy: 'Give either repository and context, or manifest',
      },
    ]);
  }
  const services = one
    ? [oneService(raw, workspace)]
    : (await import('./manifest-services.ts')).manifestServices({
        file: resolve(workspace, raw.manifest ?? 'pika.yml'),
        only: raw.services,
        platforms: raw.platforms,
      });
  const { args, faults } = givenArgs(raw['build-args'], services, one !== undefined);
  const complete = services.map((service) => ({
    ...service,
    args: { ...service.args, ...args(service.name) },
  }));
  faults.push(
    ...complete.flatMap(argFaults),
    ...complete.flatMap((service) => pathFaults(service, workspace)),
  );
  if (faults.length > 0) throw new FaultsError(faults);
  return {
    services: complete,
    workspace,
    secrets: raw.secrets,
    labels: raw.labels,
    baseImages: raw['base-images'],
    engine: raw.engine,
    parallel: raw.parallel,
    tags: raw.tags,
    createRepositories: raw['create-repositories'],
    cache: raw.cache,
    attestations: raw.attestations,
    maxSize: raw['max-size'],
    failOn: raw['fail-on-severity'] === 'none' ? undefined : raw['fail-on-severity'],
    timeout: raw.timeout,
  };
}

const ONE = ['service', 'repository', 'context', 'dockerfile', 'target'] as const;

function oneService(raw: Raw, workspace: string): Service {
  if (!raw.repository) {
    throw new FaultsError([
      {
        subject: 'input repository',
        message: 'is required and was not given',
        remedy: 'One service needs the name of its ECR repository, such as shop/web',
      },
    ]);
  }
  const context = resolve(workspace, raw.context ?? '.');
  return {
    name: raw.service ?? basename(raw.repository),
    repository: raw.repository,
    context,
    dockerfile: resolve(context, raw.dockerfile ?? 'Dockerfile'),
    args: {},
    platforms: raw.platforms ?? [`linux/${arch() === 'x64' ? 'amd64' : arch()}`],
    ...(raw.target && { target: raw.target }),
  };
}

/** A value that is a string is for every service, one that is an object for the service of that name. */
function givenArgs(given: Raw['build-args'], services: readonly Service[], isOne: boolean) {
  const common: Record<string, string> = {};
  const own = new Map<string, Record<string, string>>();
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') common[name] = value;
    else if (services.some((service) => service.name === name)) own.set(name, value);
    else {
      faults.push({
        subject: 'input build-args',
        message: `${JSON.stringify(name)} is no service that is built`,
        remedy: isOne
          ? 'Give name → value'
          : `Services are: ${services.map((service) => service.name).join(', ')}`,
      });
    }
  }
  return { args: (service: string) => ({ ...common, ...own.get(service) }), faults };
}

function pathFaults({ name, context, dockerfile }: Service, workspace: string): Fault[] {
  const outside = (path: string) => {
    const way = relative(workspace, path);
    return way === '..' || way.startsWith('../') || isAbsolute(way);
  };
  const fault = (what: string, path: string): Fault => ({
    subject: `service ${name}`,
    message: `its ${what} ${path} is outside of the workspace ${workspace}`,
    remedy: 'Check the sources out into the workspace, and give a path inside it',
  });
  return [
    ...(outside(context) ? [fault('context', context)] : []),
    ...(outside(dockerfile) ? [fault('Dockerfile', dockerfile)] : []),
  ];
}
