import { z } from 'zod';
import type { TriggerEvent } from '../runner/repository.ts';
import { type Workflow, WorkflowFault } from './workflow.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

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

export type CallTrigger = z.infer<typeof callSchema>;

const patterns = z.union([z.string().transform((text) => [text]), z.array(z.string())]).optional();

const filterSchema = z.looseObject({
  branches: patterns,
  'branches-ignore': patterns,
  tags: patterns,
  'tags-ignore': patterns,
  types: patterns,
});

type Filters = z.infer<typeof filterSchema>;

/** The declaration under `on.EVENT`, or undefined when the workflow does not listen to it. */
export function triggerOf(
  workflow: Pick<Workflow, 'on'>,
  event: string,
): Record<string, unknown> | undefined {
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
  if (!trigger) throw new WorkflowFault([`${workflow.at(['on'])} has no on.${event}`]);
  return callSchema.parse(trigger);
}

/** Why GitHub does not start the workflow for an event on a ref. Empty: it does. `paths` are not judged here. */
export function reasonsNotToStart(workflow: Workflow, event: TriggerEvent, ref: string): string[] {
  const trigger = triggerOf(workflow, event.name);
  if (!trigger) return [`${workflow.at(['on'])} does not run on ${event.name}`];
  const at = (key: string) => `${workflow.at(['on', event.name, key])} on.${event.name}.${key}`;
  const filters = filterSchema.parse(Array.isArray(trigger) ? {} : trigger);
  if (event.name === 'push') return refReasons(filters, ref, at);
  if (event.name !== 'pull_request') return [];
  const { base, action } = pullRequest.parse(event.payload);
  return [
    ...listReasons(filters.branches, filters['branches-ignore'], base, 'branches', at),
    ...typeReasons(filters.types ?? DEFAULT_TYPES, action, at),
  ];
}

/** https://docs.github.com/actions/reference/events-that-trigger-workflows#pull_request */
const DEFAULT_TYPES = ['opened', 'synchronize', 'reopened'];

const pullRequest = z
  .looseObject({
    action: z.string().default('synchronize'),
    pull_request: z.looseObject({ base: z.looseObject({ ref: z.string() }) }),
  })
  .transform(({ action, pull_request: { base } }) => ({ action, base: base.ref }));

function typeReasons(types: readonly string[], action: string, at: (key: string) => string): string[] {
  return types.includes(action) ? [] : [`${at('types')} has ${types.join(', ')}, not ${action}`];
}

function refReasons(filters: Filters, ref: string, at: (key: string) => string): string[] {
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  const branches = filters.branches ?? filters['branches-ignore'];
  const tags = filters.tags ?? filters['tags-ignore'];
  if (tag !== undefined) {
    if (branches && !tags) return [`${at('branches')} is of branches, and ${ref} is a tag`];
    return listReasons(filters.tags, filters['tags-ignore'], tag, 'tags', at);
  }
  if (tags && !branches) return [`${at('tags')} is of tags, and ${ref} is a branch`];
  const branch = ref.replace(/^refs\/heads\//, '');
  return listReasons(filters.branches, filters['branches-ignore'], branch, 'branches', at);
}

function listReasons(
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
  name: string,
  key: string,
  at: (key: string) => string,
): string[] {
  if (wanted && !matchesPatterns(wanted, name)) return [`${at(key)} has ${wanted.join(', ')}, not ${name}`];
  if (ignored && matchesPatterns(ignored, name)) return [`${at(`${key}-ignore`)} has ${name}`];
  return [];
}

/** In order: a pattern with `!` takes back what one before it has matched. */
export function matchesPatterns(list: readonly string[], name: string): boolean {
  return list.reduce(
    (matched, pattern) =>
      pattern.startsWith('!')
        ? matched && !patternOf(pattern.slice(1)).test(name)
        : matched || patternOf(pattern).test(name),
    false,
  );
}

/** https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#filter-pattern-cheat-sheet */
function patternOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/?|\*|\\.|[.^$(){}|/]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part.startsWith('\\') ? part : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
