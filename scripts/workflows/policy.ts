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
  for (const event of eventsOf(workflow).filter((name) => name in DANGEROUS)) {
    found.push({ where: 'on', message: `${event} ${DANGEROUS[event]}` });
  }
  const jobs = Object.entries(mapping(workflow.jobs));
  return [...found, ...jobs.flatMap(([id, job]) => jobBreaches(`jobs.${id}`, mapping(job)))];
}

/** Events by which a stranger’s change meets this repository’s rights. */
const DANGEROUS: Readonly<Record<string, string>> = {
  pull_request_target: 'runs strangers’ code with this repository’s secrets',
  workflow_run: 'runs with this repository’s rights after a workflow that a stranger’s change has started',
};

function eventsOf({ on }: Mapping): string[] {
  return typeof on === 'string' ? [on] : [...list(on).map(String), ...Object.keys(mapping(on))];
}

function jobBreaches(where: string, job: Mapping): Found[] {
  const { permissions, uses, secrets, 'timeout-minutes': timeout } = job;
  const messages: string[] = [];
  if (!isMapping(permissions)) messages.push('says no `permissions`: grant what it needs, no more');
  if (secrets === 'inherit') messages.push('`secrets: inherit` hands on everything');
  if (uses === undefined && timeout === undefined) {
    messages.push('has no `timeout-minutes`: a job that hangs would be paid for six hours');
  }
  if (JSON.stringify(job['runs-on'] ?? '').includes('self-hosted')) {
    messages.push('runs on a self-hosted runner, where a job finds what the one before it left');
  }
  if (typeof uses === 'string' && ownFolder(uses) === undefined && !PINNED.test(uses)) {
    messages.push(`${uses} is not pinned to a commit (40 hexadecimal digits)`);
  }
  return [
    ...messages.map((message) => ({ where, message })),
    ...sessionBreaches(where, job),
    ...idTokenBreaches(where, job),
    ...queueBreaches(where, job),
  ];
}

const usesOf = (job: Mapping) => list(job.steps).map((step) => String(mapping(step).uses ?? ''));

/** Actions that ask for the job's ID token. */
const SIGNS_IN = /^(aws-actions\/configure-aws-credentials|actions\/attest)@/;

/** An ID token opens AWS: a job has it exactly when it signs in. What a called workflow needs, its own jobs say. */
function idTokenBreaches(where: string, job: Mapping): Found[] {
  if (job.uses !== undefined) return [];
  const granted = mapping(job.permissions)['id-token'] === 'write';
  const needed = usesOf(job).some((uses) => SIGNS_IN.test(uses));
  if (granted === needed) return [];
  const message = needed
    ? 'signs in without `id-token: write` among its permissions'
    : 'has `id-token: write` and signs in nowhere: take it away';
  return [{ where, message }];
}

/** What changes an environment waits for whatever changes it already, and nothing newer ends it half-way. */
function queueBreaches(where: string, job: Mapping): Found[] {
  const deploys = list(job.steps)
    .map(mapping)
    .some(
      ({ uses, with: inputs }) =>
        /\/blue-green-deploy(@v\d+)?$|^pika\/pipeline@/.test(String(uses ?? '')) &&
        mapping(inputs)['dry-run'] !== true,
    );
  const { queue, 'cancel-in-progress': cancel } = mapping(job.concurrency);
  if (!deploys || (queue === 'max' && (cancel === undefined || cancel === false))) return [];
  return [
    {
      where,
      message:
        'deploys without a queue: give it `concurrency` with a group of its environment and `queue: max`',
    },
  ];
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

const IN_SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [
    /\bGITHUB_(ENV|PATH)\b/,
    'writes to GITHUB_ENV or GITHUB_PATH: every later step would run with it; use GITHUB_OUTPUT',
  ],
  [/\bset\s+-\w*x|\bbash\s+-\w*x|\bxtrace\b/, 'traces its commands: what they hold would be in the log'],
  [/ACTIONS_ALLOW_UNSECURE_COMMANDS/, 'lets a log set variables'],
];

/** No expression at all in a script: not even a trusted one, so that nobody has to judge which are. */
function runBreaches({ where, run }: Step, { scripts }: Surroundings): Found[] {
  if (run === undefined) return [];
  const found: Found[] = [];
  const [expression] = /\$\{\{.*?\}\}/s.exec(run) ?? [];
  if (expression !== undefined) {
    found.push({ where, message: `${expression} becomes a part of the script: hand it over by \`env\`` });
  }
  for (const [pattern, message] of IN_SCRIPTS) {
    if (pattern.test(run)) found.push({ where, message });
  }
  for (const [, script = ''] of run.matchAll(/\bnpm run ([\w:-]+)/g)) {
    if (!scripts.includes(script))
      found.push({ where, message: `npm run ${script}: package.json has no such script` });
  }
  return found;
}

/**
 * Secrets other than GitHub's own token: there are none, OIDC gives short-lived ones. And whoever is asked for is who
 * started this attempt.
 */
export function secretBreaches(file: string, content: string): Breach[] {
  const code = content.replaceAll(/^\s*#.*$|\s#\s.*$/gm, '');
  const secrets = [...code.matchAll(/\bsecrets\.(\w+)|\bsecrets\[|\(\s*secrets\s*\)/g)]
    .filter(([, name]) => name !== 'GITHUB_TOKEN')
    .map(([text]) => ({ file, where: text, message: 'no secret is kept in GitHub: sign in by OIDC' }));
  const actors = [...code.matchAll(/\bgithub\.actor\b/g)].map(([text]) => ({
    file,
    where: text,
    message: 'a run that somebody else starts again keeps its first actor: ask github.triggering_actor',
  }));
  return [...secrets, ...actors];
}
