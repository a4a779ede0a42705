import '../json-modules.ts';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

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
});

const inputSchema = z.looseObject({
  type: z.enum(['string', 'boolean', 'number', 'choice', 'environment']).default('string'),
  required: z.boolean().default(false),
  default: scalar.optional(),
  options: z.array(z.string()).optional(),
});

const callSchema = z.looseObject({
  inputs: z.record(z.string(), inputSchema.nullable()).nullish(),
  outputs: z.record(z.string(), z.looseObject({ value: z.string() })).nullish(),
  secrets: z.record(z.string(), z.looseObject({ required: z.boolean().default(false) }).nullable()).nullish(),
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
export type CallTrigger = z.infer<typeof callSchema>;
export type Workflow = z.infer<typeof workflowSchema> & { path: string };

/** A workflow that GitHub would not run: every fault with its line and column. */
export class WorkflowFault extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'WorkflowFault';
  }
}

/**
 * Reads a workflow as GitHub does: checked by GitHub's own parser, then taken as it is written.
 * @param path as it is named in faults. @throws WorkflowFault
 */
export async function loadWorkflow(file: string, path: string): Promise<Workflow> {
  const content = readFileSync(file, 'utf8');
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
  const parsed = workflowSchema.safeParse(parse(content));
  if (!parsed.success) throw new WorkflowFault([`${path}: ${z.prettifyError(parsed.error)}`]);
  return { ...parsed.data, path };
}

/** The declaration under `on.EVENT`, or undefined when the workflow does not listen to it. */
export function triggerOf(workflow: Workflow, event: string): Record<string, unknown> | undefined {
  const { on } = workflow;
  if (on === event) return {};
  if (Array.isArray(on)) return on.includes(event) ? {} : undefined;
  if (typeof on === 'object' && on !== null && event in on) {
    return ((on as Record<string, unknown>)[event] ?? {}) as Record<string, unknown>;
  }
  return undefined;
}

/** @throws WorkflowFault when the workflow cannot be called or dispatched. */
export function inputsOf(workflow: Workflow, event: 'workflow_call' | 'workflow_dispatch'): CallTrigger {
  const trigger = triggerOf(workflow, event);
  if (!trigger) throw new WorkflowFault([`${workflow.path}: has no on.${event}`]);
  return callSchema.parse(trigger);
}

export function needsOf(job: Job): readonly string[] {
  return typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
}
