import '../json-modules.ts';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { locatedFaults, parseYaml, type YamlFile } from '../yaml-file.ts';
import { advised } from './advice.ts';
import { expandMatrix } from './matrix.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const texts = z.record(z.string(), scalar);
const condition = z.union([z.string(), z.boolean()]).optional();
const minutes = z.union([z.number(), z.string()]).optional();

const stepSchema = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: condition,
  uses: z.string().optional(),
  run: z.string().optional(),
  with: texts.nullish(),
  env: texts.nullish(),
  shell: z.string().optional(),
  'working-directory': z.string().optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
  'timeout-minutes': minutes,
});

const concurrencySchema = z.union([
  z.string(),
  z.looseObject({
    group: z.string(),
    'cancel-in-progress': z.union([z.boolean(), z.string()]).optional(),
    queue: z.enum(['single', 'max']).optional(),
  }),
]);

const defaultsSchema = z
  .looseObject({
    run: z
      .looseObject({ shell: z.string().optional(), 'working-directory': z.string().optional() })
      .optional(),
  })
  .optional();

const jobSchema = z.looseObject({
  name: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  if: condition,
  'runs-on': z.unknown().optional(),
  environment: z
    .union([z.string(), z.looseObject({ name: z.string(), url: z.string().optional() })])
    .optional(),
  concurrency: concurrencySchema.optional(),
  permissions: z.unknown().optional(),
  outputs: texts.nullish(),
  env: texts.nullish(),
  defaults: defaultsSchema,
  strategy: z
    .looseObject({
      matrix: z.unknown().optional(),
      'fail-fast': z.union([z.boolean(), z.string()]).optional(),
      'max-parallel': z.union([z.number(), z.string()]).optional(),
    })
    .optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
  'timeout-minutes': minutes,
  steps: z.array(stepSchema).optional(),
  uses: z.string().optional(),
  with: texts.nullish(),
  secrets: z.union([z.literal('inherit'), texts]).nullish(),
  container: z.unknown().optional(),
  services: z.unknown().optional(),
});

const workflowSchema = z.looseObject({
  name: z.string().optional(),
  'run-name': z.string().optional(),
  on: z.unknown().optional(),
  env: texts.nullish(),
  permissions: z.unknown().optional(),
  concurrency: concurrencySchema.optional(),
  defaults: defaultsSchema,
  jobs: z.record(z.string(), jobSchema),
});

export type Step = z.infer<typeof stepSchema>;
export type Job = z.infer<typeof jobSchema>;
export type Concurrency = z.infer<typeof concurrencySchema>;
export type Workflow = z.infer<typeof workflowSchema> & {
  /** As it is named in faults: `.github/workflows/release.yml`. */
  path: string;
  /** The checkout of the repository that it belongs to: what `$/` and `./` of a caller name. */
  root: string;
  /** `file:line:column` of a value in it. */
  at: YamlFile['at'];
};

/** A workflow that GitHub would not run: every fault with its line and column. */
export class WorkflowFault extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'WorkflowFault';
  }
}

/** What this machine has not: it would be left out silently, and the rehearsal would prove nothing. */
const CONTAINERS = ['container', 'services'] as const;

/** The parser's ErrorPolicy.TryConversion, an enumeration that it keeps to itself. */
const TRY_CONVERSION = 1;

/** A workflow as far as it can be read, and everything that is wrong with it. */
export interface ReadWorkflow {
  /** Missing where it is not even the shape of one. */
  workflow?: Workflow;
  faults: readonly string[];
}

/**
 * Reads a workflow as GitHub does: judged by GitHub's own parser, then taken as it is written.
 * @param file the file. @param path as it is named in faults. @throws WorkflowFault
 */
export async function loadWorkflow(file: string, path: string, root: string): Promise<Workflow> {
  const { workflow, faults } = await readWorkflow(file, path, root);
  if (workflow === undefined || faults.length > 0) throw new WorkflowFault(faults);
  return workflow;
}

/** As `loadWorkflow`, for whoever goes on in spite of faults to find those of what it calls and uses. */
export async function readWorkflow(file: string, path: string, root: string): Promise<ReadWorkflow> {
  if (!existsSync(file)) return { faults: [`${path}: there is no such workflow in the repository`] };
  const content = readFileSync(file, 'utf8');
  const yaml = parseYaml(content, path);
  // One mistake makes many that are none: the first is the one to mend.
  const [noYaml] = yaml.faults;
  if (noYaml !== undefined) return { faults: [noYaml] };
  const said = await parserFaults(path, content);
  const parsed = workflowSchema.safeParse(yaml.value);
  if (!parsed.success) return { faults: said.length > 0 ? said : locatedFaults(parsed.error, yaml) };
  const { jobs } = parsed.data;
  const needs = needsFaults(jobs, yaml);
  // What the parser says of a job that is not there, is said with those that are.
  const others = needs.length > 0 ? said.filter((fault) => !NEEDS.test(fault)) : said;
  return {
    workflow: { ...parsed.data, path, root, at: yaml.at },
    faults: [...others, ...needs, ...containerFaults(jobs, yaml), ...matrixFaults(jobs, yaml)],
  };
}

const NEEDS = / depends on unknown job | must contain at least one job with no dependencies/;

/** What GitHub's own parser finds: what does not fit its schema, then what cannot be turned into jobs. */
async function parserFaults(path: string, content: string): Promise<string[]> {
  const { convertWorkflowTemplate, parseWorkflow, NoOperationTraceWriter } = await import(
    '@actions/workflow-parser'
  );
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value, undefined, { errorPolicy: TRY_CONVERSION });
  return context.errors.getErrors().map(({ range, rawMessage }) => {
    const { line, column } = range?.start ?? { line: 1, column: 1 };
    return `${path}:${line}:${column} ${advised(rawMessage)}`;
  });
}

type Jobs = z.infer<typeof workflowSchema>['jobs'];

function containerFaults(jobs: Jobs, { at }: YamlFile): string[] {
  return Object.entries(jobs).flatMap(([id, job]) =>
    CONTAINERS.filter((key) => job[key] !== undefined).map(
      (key) =>
        `${at(['jobs', id, key])} jobs.${id}.${key}: there are no job containers here; start what the job needs in a step`,
    ),
  );
}

function needsFaults(jobs: Jobs, { at }: YamlFile): string[] {
  return Object.entries(jobs).flatMap(([id, job]) =>
    needsOf(job).flatMap((needed, index) => {
      if (needed in jobs) return [];
      const path = typeof job.needs === 'string' ? ['jobs', id, 'needs'] : ['jobs', id, 'needs', index];
      const there = Object.keys(jobs).join(', ');
      return [`${at(path)} job ${id} needs ${needed}, which is not there; there are ${there}`];
    }),
  );
}

/** What can be said of a matrix before its expressions have values. */
function matrixFaults(jobs: Jobs, { at }: YamlFile): string[] {
  return Object.entries(jobs).flatMap(([id, { strategy }]) => {
    if (JSON.stringify(strategy?.matrix ?? null).includes('${{')) return [];
    try {
      expandMatrix(strategy?.matrix);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [`${at(['jobs', id, 'strategy', 'matrix'])} job ${id}: ${reason}`];
    }
  });
}

export function needsOf(job: Pick<Job, 'needs'>): readonly string[] {
  return typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
}
