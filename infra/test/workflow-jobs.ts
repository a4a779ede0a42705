import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../command.ts';

const FOLDER = '.github/workflows';

const stepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const inputSchema = z.object({ options: z.array(z.string()).optional(), default: z.unknown().optional() });
const triggerSchema = z.object({ inputs: z.record(z.string(), inputSchema).default({}) }).nullable();
const workflowSchema = z.object({
  on: z.looseObject({
    workflow_call: triggerSchema.optional(),
    workflow_dispatch: triggerSchema.optional(),
  }),
  jobs: z.record(
    z.string(),
    z.object({
      uses: z.string().optional(),
      with: z.record(z.string(), z.unknown()).default({}),
      environment: z.union([z.string(), z.object({ name: z.string() })]).optional(),
      steps: z.array(stepSchema).default([]),
    }),
  ),
});

export type Step = z.infer<typeof stepSchema>;
type Workflow = z.infer<typeof workflowSchema>;
type Inputs = Readonly<Record<string, string>>;

/** Steps of a job from one sign-in to AWS to the next, for one way in which the workflow is called. */
export interface SignedIn {
  /** `release.yml`: the file that the job stands in. */
  file: string;
  job: string;
  /** `pika-staging-deploy` */
  role: string;
  environment: string | undefined;
  /** Whether a pull request can start it. */
  fromPullRequest: boolean;
  steps: readonly Step[];
}

export const workflowFiles: readonly string[] = readdirSync(join(root, FOLDER)).sort();

const workflows = new Map(
  workflowFiles.map((file): [string, Workflow] => [
    file,
    workflowSchema.parse(parse(readFileSync(join(root, FOLDER, file), 'utf8'))),
  ]),
);

/** Every sign-in of every workflow, with every role that it can name. A step that is given none is skipped. */
export function signIns(): SignedIn[] {
  const all = [...workflows].flatMap(([file, workflow]) =>
    waysInto(file).flatMap(({ inputs, events }) =>
      Object.entries(workflow.jobs).flatMap(([job, { steps, environment }]) =>
        sessionsOf(steps).map((session) => ({
          file,
          job,
          role: filled(String(session[0]?.with['role-to-assume']), inputs).replace(/^.*:role\//, ''),
          environment: environmentOf(environment, inputs),
          fromPullRequest: events.includes('pull_request'),
          steps: session.slice(1),
        })),
      ),
    ),
  );
  return all.filter(({ role }) => role !== '');
}

function environmentOf(
  environment: Workflow['jobs'][string]['environment'],
  inputs: Inputs,
): string | undefined {
  const name = typeof environment === 'object' ? environment.name : environment;
  return name === undefined ? undefined : filled(name, inputs);
}

/** From a sign-in up to the next. */
function sessionsOf(steps: readonly Step[]): Step[][] {
  const sessions: Step[][] = [];
  for (const step of steps) {
    if (step.uses?.startsWith('aws-actions/configure-aws-credentials@')) sessions.push([step]);
    else sessions.at(-1)?.push(step);
  }
  return sessions;
}

/** The inputs with which a workflow can run: as a person may choose them, and as other workflows call it. */
function waysInto(file: string): { inputs: Inputs; events: string[] }[] {
  const workflow = workflows.get(file);
  if (!workflow) throw new RangeError(`there is no workflow ${file}`);
  const events = Object.keys(workflow.on).filter((event) => event !== 'workflow_call');
  const chosen = choices(workflow.on.workflow_dispatch?.inputs ?? {});
  const own = events.length > 0 ? chosen.map((inputs) => ({ inputs, events })) : [];
  const defaults = Object.entries(workflow.on.workflow_call?.inputs ?? {}).map(
    ([name, { default: value }]): [string, string] => [name, String(value ?? '')],
  );
  const called = [...workflows].flatMap(([caller, { jobs }]) =>
    Object.values(jobs)
      .filter(({ uses }) => uses === `./${FOLDER}/${file}`)
      .flatMap(({ with: given }) =>
        waysInto(caller).map((way) => ({
          events: way.events,
          inputs: {
            ...Object.fromEntries(defaults),
            ...Object.fromEntries(
              Object.entries(given).map(([name, value]) => [name, filled(String(value), way.inputs)]),
            ),
          },
        })),
      ),
  );
  return [...own, ...called];
}

function choices(inputs: Readonly<Record<string, z.infer<typeof inputSchema>>>): Inputs[] {
  return Object.entries(inputs).reduce<Inputs[]>(
    (so, [name, { options = [''] }]) =>
      so.flatMap((chosen) => options.map((option) => ({ ...chosen, [name]: option }))),
    [{}],
  );
}

/** `${{ inputs.x }}` in place; other expressions stay as they are. */
function filled(text: string, inputs: Inputs): string {
  return text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (whole, name: string) => inputs[name] ?? whole);
}
