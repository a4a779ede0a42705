import { parseDocument } from 'yaml';

/** One breach of the house's rules for workflows and composite actions. */
export interface Breach {
  /** `.github/workflows/release.yml` */
  file: string;
  /** Where: `jobs.build.steps[2]`. */
  where: string;
  message: string;
}

/** What the rules need to know of the repository besides the file. */
export interface Surroundings {
  /** Names of the scripts in package.json. */
  scripts: readonly string[];
  /** Inputs that this repository's action in a folder declares, by name; undefined where there is none. */
  inputsOf: (folder: string) => ReadonlySet<string> | undefined;
}

interface Step {
  where: string;
  uses?: string;
  run?: string;
  with: Readonly<Record<string, unknown>>;
}

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Every breach in one workflow or composite action. */
export function breachesOf(file: string, content: string, surroundings: Surroundings): Breach[] {
  const document: unknown = parseDocument(content).toJS();
  const steps = stepsOf(mapping(document));
  const found = [
    ...(isMapping(document) && 'jobs' in document ? workflowBreaches(document) : []),
    ...steps.flatMap((step) => stepBreaches(step, content, surroundings)),
  ];
  return found.map((breach) => ({ file, ...breach }));
}

type Found = Omit<Breach, 'file'>;

function stepsOf(document: Mapping): Step[] {
  const groups: [string, unknown][] = [
    ['runs', mapping(document.runs).steps],
    ...Object.entries(mapping(document.jobs)).map(([id, job]): [string, unknown] => [
      `jobs.${id}`,
      mapping(job).steps,
    ]),
  ];
  return groups.flatMap(([where, steps]) =>
    list(steps).map((step, index) => {
      const { uses, run, with: inputs } = mapping(step);
      return {
        where: `${where}.steps[${index}]`,
        with: mapping(inputs),
        ...(typeof uses === 'string' ? { uses } : {}),
        ...(typeof run === 'string' ? { run } : {}),
      };
    }),
  );
}

function workflowBreaches(workflow: Mapping): Found[] {
  const found: Found[] = [];
  const { permissions } = workflow;
  if (!isMapping(permissions) || Object.keys(permissions).length > 0) {
    found.push({
      where: 'permissions',
      message: 'write `permissions: {}` at the top and grants at each job',
    });
  }
  if ('pull_request_target' in mapping(workflow.on)) {
    found.push({
      where: 'on',
      message: 'pull_request_target runs strangers’ code with this repository’s secrets',
    });
  }
  for (const [id, job] of Object.entries(mapping(workflow.jobs))) {
    const where = `jobs.${id}`;
    const { permissions: granted, uses, secrets, 'timeout-minutes': timeout } = mapping(job);
    if (!isMapping(granted))
      found.push({ where, message: 'says no `permissions`: grant what it needs, no more' });
    if (secrets === 'inherit') found.push({ where, message: '`secrets: inherit` hands on everything' });
    if (uses === undefined && timeout === undefined) {
      found.push({
        where,
        message: 'has no `timeout-minutes`: a job that hangs would be paid for six hours',
      });
    }
    found.push(...sessionBreaches(where, mapping(job)));
    if (typeof uses === 'string' && ownFolder(uses) === undefined && !PINNED.test(uses)) {
      found.push({ where, message: `${uses} is not pinned to a commit (40 hexadecimal digits)` });
    }
  }
  return found;
}

/** Seconds of a session that says nothing else (`role-duration-seconds` of configure-aws-credentials). */
const SESSION = 3600;

/** A job that outlives its session ends half-way, with nothing that it may still call. */
function sessionBreaches(where: string, { steps, 'timeout-minutes': timeout }: Mapping): Found[] {
  const last = list(steps)
    .map(mapping)
    .findLast(({ uses }) => String(uses).startsWith('aws-actions/configure-aws-credentials@'));
  const job = Number(timeout) * 60;
  const session = Number(mapping(last?.with)['role-duration-seconds'] ?? SESSION);
  if (!last || !(job > session)) return [];
  return [
    {
      where,
      message: `may take ${job} s, and its AWS session ends after ${session} s: set role-duration-seconds to ${job}`,
    },
  ];
}

const PINNED = /@[0-9a-f]{40}$/;

/** The folder of an action of this project: `$/actions/x`, `./actions/x`, or, in examples, its published name. */
function ownFolder(uses: string): string | undefined {
  const [, local, published] = /^(?:[.$]\/(.+)|pika\/pipeline((?:\/[^@]+)?)@v\d+)$/.exec(uses) ?? [];
  return local ?? published?.replace(/^\//, '');
}

function stepBreaches(step: Step, content: string, surroundings: Surroundings): Found[] {
  return [
    ...usesBreaches(step, content),
    ...ownBreaches(step, surroundings),
    ...runBreaches(step, surroundings),
  ];
}

function usesBreaches({ where, uses, with: inputs }: Step, content: string): Found[] {
  if (uses === undefined || ownFolder(uses) !== undefined) return [];
  const found: Found[] = [];
  if (!PINNED.test(uses)) {
    found.push({ where, message: `${uses} is not pinned to a commit (40 hexadecimal digits)` });
  } else if (!new RegExp(`${escaped(uses)} # v\\d+\\.\\d+\\.\\d+$`, 'm').test(content)) {
    found.push({ where, message: `${uses} does not say its version: add \`# v1.2.3\` behind the commit` });
  }
  if (uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false) {
    found.push({
      where,
      message: 'actions/checkout leaves its token on disk: set persist-credentials to false',
    });
  }
  const keys = Object.keys(inputs).filter((name) => /^aws-(access-key-id|secret-access-key)$/.test(name));
  if (keys.length > 0) {
    found.push({ where, message: `${keys.join(', ')}: AWS is signed in to by OIDC only (role-to-assume)` });
  }
  return found;
}

/** An action of this repository has the inputs that it is given. */
function ownBreaches({ where, uses, with: given }: Step, { inputsOf }: Surroundings): Found[] {
  const folder = uses === undefined ? undefined : ownFolder(uses);
  if (folder === undefined) return [];
  const declared = inputsOf(folder);
  if (!declared) return [{ where, message: `${uses}: there is no ${folder ? `${folder}/` : ''}action.yml` }];
  return Object.keys(given)
    .filter((name) => !declared.has(name))
    .map((name) => ({
      where,
      message: `${uses} has no input ${name}; it has ${[...declared].join(', ') || 'none'}`,
    }));
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** No expression at all in a script: not even a trusted one, so that nobody has to judge which are. */
function runBreaches({ where, run }: Step, { scripts }: Surroundings): Found[] {
  if (run === undefined) return [];
  const found: Found[] = [];
  const [expression] = /\$\{\{.*?\}\}/s.exec(run) ?? [];
  if (expression !== undefined) {
    found.push({ where, message: `${expression} becomes a part of the script: hand it over by \`env\`` });
  }
  for (const [, script = ''] of run.matchAll(/\bnpm run ([\w:-]+)/g)) {
    if (!scripts.includes(script))
      found.push({ where, message: `npm run ${script}: package.json has no such script` });
  }
  return found;
}

/** Secrets other than GitHub's own token: there are none, OIDC gives short-lived ones. */
export function secretBreaches(file: string, content: string): Breach[] {
  return [...content.matchAll(/\bsecrets\.(\w+)/g)]
    .filter(([, name]) => name !== 'GITHUB_TOKEN')
    .map(([text]) => ({ file, where: text, message: 'no secret is kept in GitHub: sign in by OIDC' }));
}
