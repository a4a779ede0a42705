import type { Principal } from '../../kernel/service.ts';
import { record } from '../resources/provider.ts';
import { resolve } from '../template/intrinsics.ts';
import { creationOrder } from '../template/order.ts';
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
  const work: Work = { room, stack, as };
  const progress: Progress = { undo: [], replaced: [] };
  setStatus(room, stack, `${verb}_IN_PROGRESS`, 'User Initiated');
  const included = includedResources(room, stack, blueprint);
  for (const logicalId of creationOrder(included)) {
    const declared = included[logicalId];
    const error = declared && (await attempt(() => bringUp(work, blueprint, logicalId, declared, progress)));
    if (!error) continue;
    failResource(work, logicalId, declared.Type, error.reason);
    return rollBack(
      work,
      progress,
      `The following resource(s) failed to ${verb.toLowerCase()}: [${logicalId}]. `,
    );
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
    stack.resources.set(logicalId, await updateResource(work, held, properties));
    progress.undo.push(async () => {
      const now = stack.resources.get(logicalId) ?? held;
      stack.resources.set(logicalId, await updateResource(work, now, held.properties));
    });
    return;
  }
  const made = await createResource(work, logicalId, declared, properties);
  stack.resources.set(logicalId, made);
  if (held) progress.replaced.push({ ...held, deletionPolicy: declared.UpdateReplacePolicy ?? 'Delete' });
  progress.undo.push(async () => {
    if (held) stack.resources.set(logicalId, held);
    else stack.resources.delete(logicalId);
    // What a rollback takes back was made a moment ago: a policy to retain is for what had a life.
    await deleteResource(work, { ...made, deletionPolicy: 'Delete' });
  });
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
  const work: Work = { room, stack, as };
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
