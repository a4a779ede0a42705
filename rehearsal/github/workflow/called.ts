import { join } from 'node:path';
import { excessOf, type Permissions, permissionsOf } from '../runner/permissions.ts';
import type { StandIns } from '../runner/run-context.ts';
import { suggestion } from './advice.ts';
import { type CallTrigger, inputsOf, triggerOf } from './trigger.ts';
import { type Job, readWorkflow, type Workflow, WorkflowFault } from './workflow.ts';

/** Workflows may call each other this deep. */
const MAX_DEPTH = 10;

/** Where a called workflow is: its repository's checkout, and its path there. */
interface Location {
  root: string;
  path: string;
}

export interface Repositories {
  /** `owner/name` of the rehearsed repository. */
  fullName: string;
  folder: string;
  standIns: StandIns;
}

/** A workflow with everything that its jobs call. */
export interface WorkflowTree {
  workflow: Workflow;
  /** Job → the workflow that it calls. */
  called: ReadonlyMap<string, WorkflowTree>;
}

/**
 * Reads a workflow and all that it calls, before any job begins.
 * @throws WorkflowFault with every fault of all of them: what does not parse, is not there, is given inputs that it
 * does not have, or asks for more than its caller may.
 */
export async function loadTree(workflow: Workflow, repositories: Repositories): Promise<WorkflowTree> {
  const faults: string[] = [];
  const tree = await grow(workflow, repositories, { depth: 1, faults });
  if (faults.length > 0) throw new WorkflowFault([...new Set(faults)]);
  return tree;
}

interface Growth {
  depth: number;
  faults: string[];
  /** What the job that calls may do, and where it stands. */
  granted?: Permissions;
  calledAt?: string;
}

async function grow(workflow: Workflow, repositories: Repositories, growth: Growth): Promise<WorkflowTree> {
  const called = new Map<string, WorkflowTree>();
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const permissions = permissionsOf(job, workflow, growth.granted);
    growth.faults.push(...excessFaults(workflow, id, permissions, growth));
    if (job.uses === undefined) continue;
    const callee = await load(workflow, id, job.uses, repositories, growth);
    if (!callee) continue;
    growth.faults.push(...inputFaults(workflow, id, job, callee), ...secretFaults(workflow, id, job, callee));
    const calledAt = workflow.at(['jobs', id, 'uses']);
    const below = { ...growth, depth: growth.depth + 1, granted: permissions, calledAt };
    called.set(id, await grow(callee, repositories, below));
  }
  return { workflow, called };
}

async function load(
  workflow: Workflow,
  id: string,
  uses: string,
  repositories: Repositories,
  { depth, faults }: Growth,
): Promise<Workflow | undefined> {
  const where = workflow.at(['jobs', id, 'uses']);
  if (depth >= MAX_DEPTH) {
    faults.push(`${where} uses: ${uses}: workflows call each other more than ${MAX_DEPTH} deep`);
    return undefined;
  }
  const location = locate(uses, workflow, repositories);
  if (!location) {
    faults.push(
      `${where} uses: ${uses}: this machine reaches no other repository: copy the workflow to this one, or leave the job out`,
    );
    return undefined;
  }
  const { workflow: callee, faults: its } = await readWorkflow(
    join(location.root, location.path),
    location.path,
    location.root,
  );
  faults.push(
    ...its.map((fault) => (fault.includes('no such workflow') ? `${where} uses: ${fault}` : fault)),
  );
  if (callee === undefined || triggerOf(callee, 'workflow_call')) return callee;
  faults.push(`${where} uses: ${uses}: ${location.path} cannot be called: it has no on.workflow_call`);
  return undefined;
}

function locate(
  uses: string,
  caller: Workflow,
  { fullName, folder, standIns }: Repositories,
): Location | undefined {
  if (uses.startsWith('./') || uses.startsWith('$/')) return { root: caller.root, path: uses.slice(2) };
  const [reference = ''] = uses.split('@');
  if (reference.startsWith(`${fullName}/`))
    return { root: folder, path: reference.slice(fullName.length + 1) };
  const [owner, name, ...rest] = reference.split('/');
  const root = standIns[`${owner}/${name}`];
  return root === undefined ? undefined : { root, path: rest.join('/') };
}

function inputFaults(workflow: Workflow, id: string, job: Job, callee: Workflow): string[] {
  const declared = inputsOf(callee, 'workflow_call').inputs ?? {};
  const given = job.with ?? {};
  const names = Object.keys(declared);
  const unknown = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map(
      (name) =>
        `${workflow.at(['jobs', id, 'with', name])} input ${name} is not declared by ${callee.path}. ${suggestion(name, names)}`,
    );
  const missing = Object.entries(declared)
    .filter(([name, input]) => input?.required && !(name in given))
    .map(
      ([name]) =>
        `${workflow.at(['jobs', id, 'uses'])} input ${name} of ${callee.path} is required and was not given`,
    );
  return [...unknown, ...missing, ...typeFaults(workflow, id, given, declared)];
}

/** Values that are written down; those of expressions are known only when the job begins. */
function typeFaults(
  workflow: Workflow,
  id: string,
  given: Readonly<Record<string, unknown>>,
  declared: NonNullable<CallTrigger['inputs']>,
): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const type = declared[name]?.type ?? 'string';
    if (type === 'string' || typeof value === type || String(value).includes('${{')) return [];
    const where = workflow.at(['jobs', id, 'with', name]);
    return [`${where} input ${name} is ${JSON.stringify(value)}, and must be a ${type}`];
  });
}

function secretFaults(workflow: Workflow, id: string, job: Job, callee: Workflow): string[] {
  const { secrets } = job;
  if (secrets === 'inherit') return [];
  return Object.entries(inputsOf(callee, 'workflow_call').secrets ?? {})
    .filter(([name, declared]) => declared?.required && !(name in (secrets ?? {})))
    .map(
      ([name]) =>
        `${workflow.at(['jobs', id, 'uses'])} secret ${name} of ${callee.path} is required and was not given`,
    );
}

function excessFaults(
  workflow: Workflow,
  id: string,
  wanted: Permissions,
  { granted, calledAt }: Growth,
): string[] {
  if (granted === undefined) return [];
  return excessOf(wanted, granted).map(
    ({ scope, asked, has }) =>
      `${workflow.at(['jobs', id, 'permissions', scope])} job ${id} asks for \`${scope}: ${asked}\`, and whoever calls ${workflow.path} has \`${scope}: ${has}\`: grant it at the calling job, ${calledAt}`,
  );
}
