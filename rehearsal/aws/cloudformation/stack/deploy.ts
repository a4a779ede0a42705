import { awsError } from '../../kernel/error.ts';
import type { Principal } from '../../kernel/service.ts';
import { record } from '../resources/provider.ts';
import { resolve } from '../template/intrinsics.ts';
import { creationOrder, dependenciesOf } from '../template/order.ts';
import type { TemplateResource } from '../template/template.ts';
import { failureReason, note, setStatus } from './events.ts';
import { outputsOf } from './outputs.ts';
import {
  createResource,
  deleteResource,
  isReplaced,
  isSame,
  updateResource,
  type Work,
} from './resource-steps.ts';
import { includedResources, scopeOf } from './scope.ts';
import type { Blueprint, CloudFormation, Stack, StackResource } from './state.ts';

/** How one change is taken back. */
type Undo = () => Promise<void>;

interface Progress {
  undo: Undo[];
  /** What was replaced: deleted when everything else is done. */
  replaced: StackResource[];
}

/**
 * Makes a stack what a blueprint says: creates, updates and replaces in the order of dependencies, deletes
 * what is no more, and takes everything back when anything fails. Never throws: the stack's status tells.
 */
export async function deploy(
  room: CloudFormation,
  stack: Stack,
  blueprint: Blueprint,
  as: Principal,
): Promise<void> {
  const verb = stack.blueprint ? 'UPDATE' : 'CREATE';
  const cancelling = new AbortController();
  const work: Work = { room, stack, as, cancelling };
  const progress: Progress = { undo: [], replaced: [] };
  setStatus(room, stack, `${verb}_IN_PROGRESS`, 'User Initiated');
  const included = includedResources(room, stack, blueprint);
  const faulty = await bringAllUp(work, blueprint, included, progress);
  if (faulty.length > 0) {
    const what = `The following resource(s) failed to ${verb.toLowerCase()}: [${faulty.join(', ')}]. `;
    return rollBack(work, progress, what);
  }
  const failed = await attempt(async () => {
    stack.outputs = outputsOf(room, stack, blueprint);
  });
  if (failed) return rollBack(work, progress, `${failed.reason} `);
  if (verb === 'UPDATE') {
    setStatus(room, stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await cleanUp(work, included, progress);
    stack.updated = room.aws.clock.now();
  }
  stack.blueprint = blueprint;
  setStatus(room, stack, `${verb}_COMPLETE`);
}

async function attempt(action: () => Promise<void>): Promise<{ reason: string } | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return { reason: failureReason(error) };
  }
}

/**
 * Brings every resource up as soon as all that it needs is there. After a failure nothing new is begun, and
 * what waits is cancelled.
 * @returns the logical ids of those that failed
 */
async function bringAllUp(
  work: Work,
  blueprint: Blueprint,
  included: Readonly<Record<string, TemplateResource>>,
  progress: Progress,
): Promise<string[]> {
  const { cancelling } = work;
  const faulty: string[] = [];
  const dependencies = dependenciesOf(included);
  const begun = new Map<string, Promise<void>>();
  const bring = async (logicalId: string, declared: TemplateResource): Promise<void> => {
    await Promise.all([...(dependencies.get(logicalId) ?? [])].map((needed) => begun.get(needed)));
    if (cancelling.signal.aborted) return;
    const error = await attempt(() => bringUp(work, blueprint, logicalId, declared, progress));
    if (!error) return;
    faulty.push(logicalId);
    failResource(work, logicalId, declared.Type, error.reason);
    cancelling.abort(awsError('InvalidRequest', 'Resource creation cancelled'));
  };
  for (const logicalId of creationOrder(included)) {
    const declared = included[logicalId];
    if (declared) begun.set(logicalId, bring(logicalId, declared));
  }
  await Promise.all(begun.values());
  return faulty;
}

async function bringUp(
  work: Work,
  blueprint: Blueprint,
  logicalId: string,
  declared: TemplateResource,
  progress: Progress,
): Promise<void> {
  const { room, stack } = work;
  const properties = record(resolve(declared.Properties ?? {}, scopeOf(room, stack, blueprint)));
  const held = stack.resources.get(logicalId);
  if (held && held.type === declared.Type && isSame(held.properties, properties)) {
    held.deletionPolicy = declared.DeletionPolicy ?? 'Delete';
    return;
  }
  if (held && !(await isReplaced(held, declared.Type, properties))) {
    const changed = await updateResource(work, held, properties);
    stack.resources.set(logicalId, changed);
    // A custom resource's function replaces what it made by answering another id.
    if (changed.created.id !== held.created.id) progress.replaced.push(held);
    progress.undo.push(async () => {
      const now = stack.resources.get(logicalId) ?? held;
      stack.resources.set(logicalId, await updateResource(work, now, held.properties));
    });
    return;
  }
  const made = await createResource(work, logicalId, declared, properties, (initiated) => {
    progress.undo.push(async () => {
      if (held) stack.resources.set(logicalId, held);
      else stack.resources.delete(logicalId);
      // What a rollback takes back was made a moment ago: a policy to retain is for what had a life.
      await deleteResource(work, { ...initiated, deletionPolicy: 'Delete' });
    });
  });
  stack.resources.set(logicalId, made);
  if (held) progress.replaced.push({ ...held, deletionPolicy: declared.UpdateReplacePolicy ?? 'Delete' });
}

function failResource({ room, stack }: Work, logicalId: string, type: string, reason: string): void {
  const held = stack.resources.get(logicalId);
  const status = held ? 'UPDATE_FAILED' : 'CREATE_FAILED';
  note(room, stack, { logicalId, type, status, reason, physicalId: held?.created.id });
}

async function rollBack({ room, stack }: Work, { undo }: Progress, what: string): Promise<void> {
  const prefix = stack.blueprint ? 'UPDATE_ROLLBACK' : 'ROLLBACK';
  setStatus(room, stack, `${prefix}_IN_PROGRESS`, `${what}Rollback requested by user.`);
  const failures: string[] = [];
  for (const step of undo.toReversed()) {
    const failed = await attempt(step);
    if (failed) failures.push(failed.reason);
  }
  if (failures.length > 0) return setStatus(room, stack, `${prefix}_FAILED`, failures.join(' '));
  setStatus(room, stack, `${prefix}_COMPLETE`);
}

/** What cannot be deleted stays behind, and the events say so: the update itself has succeeded. */
async function cleanUp(
  work: Work,
  included: Readonly<Record<string, TemplateResource>>,
  { replaced }: Progress,
): Promise<void> {
  const { room, stack } = work;
  const removed = [...stack.resources.values()].filter(
    ({ logicalId }) => !Object.hasOwn(included, logicalId),
  );
  for (const { logicalId } of removed) stack.resources.delete(logicalId);
  for (const resource of [...replaced, ...removed].toReversed()) {
    const failed = await attempt(() => deleteResource(work, resource));
    if (!failed) continue;
    const { logicalId, type, created } = resource;
    note(room, stack, {
      logicalId,
      type,
      status: 'DELETE_FAILED',
      physicalId: created.id,
      reason: failed.reason,
    });
  }
}

/** Takes a whole stack away, the last made first. */
export async function remove(room: CloudFormation, stack: Stack, as: Principal): Promise<void> {
  const work: Work = { room, stack, as, cancelling: new AbortController() };
  setStatus(room, stack, 'DELETE_IN_PROGRESS', 'User Initiated');
  const failed: string[] = [];
  for (const resource of [...stack.resources.values()].toReversed()) {
    const { logicalId, type, created } = resource;
    const error = await attempt(() => deleteResource(work, resource));
    if (error) {
      failed.push(logicalId);
      const physicalId = created.id;
      note(room, stack, { logicalId, type, status: 'DELETE_FAILED', physicalId, reason: error.reason });
    } else {
      stack.resources.delete(logicalId);
    }
  }
  if (failed.length > 0) {
    const reason = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
    return setStatus(room, stack, 'DELETE_FAILED', reason);
  }
  stack.outputs = [];
  stack.deleted = room.aws.clock.now();
  setStatus(room, stack, 'DELETE_COMPLETE');
}
