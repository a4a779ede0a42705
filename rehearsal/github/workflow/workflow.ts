import '../json-modules.ts';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { locatedFaults, parseYaml, type YamlFile } from '../yaml-file.ts';

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

/**
 * Reads a workflow as GitHub does: checked by GitHub's own parser, then taken as it is written.
 * @param file the file. @param path as it is named in faults. @throws WorkflowFault
 */
export async function loadWorkflow(file: string, path: string, root: string): Promise<Workflow> {
  if (!existsSync(file)) throw new WorkflowFault([`${path}: there is no such workflow in ${root}`]);
  const content = readFileSync(file, 'utf8');
  const yaml = parseYaml(content, path);
  // One mistake makes many that are none: the first is the one to mend.
  const [noYaml] = yaml.faults;
  if (noYaml !== undefined) throw new WorkflowFault([noYaml]);
  const { parseWorkflow, NoOperationTraceWriter } = await import('@actions/workflow-parser');
  const result = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  const errors = result.context.errors.getErrors();
  if (errors.length > 0) {
    throw new WorkflowFault(
      errors.map((error) => {
        const start = error.range?.start;
        return `${path}:${start?.line ?? 1}:${start?.column ?? 1} ${error.rawMessage}`;
      }),
    );
  }
  const parsed = workflowSchema.safeParse(yaml.value);
  if (!parsed.success) throw new WorkflowFault(locatedFaults(parsed.error, yaml));
  const faults = [...containerFaults(parsed.data.jobs, yaml), ...needsFaults(parsed.data.jobs, yaml)];
  if (faults.length > 0) throw new WorkflowFault(faults);
  return { ...parsed.data, path, root, at: yaml.at };
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
    needsOf(job)
      .filter((needed) => !(needed in jobs))
      .map(
        (needed) =>
          `${at(['jobs', id, 'needs'])} job ${id} needs ${needed}, which is not there; there are ${Object.keys(jobs).join(', ')}`,
      ),
  );
}

export function needsOf(job: Pick<Job, 'needs'>): readonly string[] {
  return typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
}
