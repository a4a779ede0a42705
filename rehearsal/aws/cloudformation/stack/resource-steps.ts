import type { Principal } from '../../kernel/service.ts';
import type { Asked, Created, Properties } from '../resources/provider.ts';
import { providerOf } from '../resources/providers.ts';
import { causesReplacement, checkProperties } from '../resources/specification.ts';
import type { TemplateResource } from '../template/template.ts';
import { note } from './events.ts';
import { type CloudFormation, generatedName, type Stack, type StackResource } from './state.ts';

/** A stack's resources, changed in the name of one principal. */
export interface Work {
  room: CloudFormation;
  stack: Stack;
  as: Principal;
  /** Aborted when a resource has failed: the others need not be waited for. */
  cancelling: AbortController;
}

function askedOf(
  { room, stack, as, cancelling }: Work,
  logicalId: string,
  type: string,
  more: { generation?: string; initiated?: (created: Created) => void } = {},
): Asked {
  return {
    aws: room.aws,
    as,
    region: room.aws.region,
    cancelled: cancelling.signal,
    initiated: more.initiated ?? (() => undefined),
    stackId: stack.id,
    stackName: stack.name,
    logicalId,
    type,
    generatedName: generatedName(stack, logicalId, more.generation ?? ''),
  };
}

/** @param initiated is told of the resource as soon as there is something to take back, once. */
export async function createResource(
  work: Work,
  logicalId: string,
  declared: TemplateResource,
  properties: Properties,
  initiated: (resource: StackResource) => void,
): Promise<StackResource> {
  const { room, stack } = work;
  const type = declared.Type;
  const isReplacement = stack.resources.has(logicalId);
  const verb = isReplacement ? 'UPDATE' : 'CREATE';
  const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
  note(room, stack, { logicalId, type, status: `${verb}_IN_PROGRESS`, ...(isReplacement ? { reason } : {}) });
  await checkProperties(type, logicalId, properties);
  const status = `${verb}_COMPLETE` as const;
  const deletionPolicy = declared.DeletionPolicy ?? 'Delete';
  const resourceOf = (created: Created): StackResource => ({
    logicalId,
    type,
    properties,
    created,
    deletionPolicy,
    status,
    changed: room.aws.clock.now(),
  });
  let isInitiated = false;
  const begin = (created: Created) => {
    if (isInitiated) return;
    isInitiated = true;
    initiated(resourceOf(created));
    if (isReplacement) return;
    const about = { logicalId, type, physicalId: created.id, reason: 'Resource creation Initiated' };
    note(room, stack, { ...about, status: 'CREATE_IN_PROGRESS' });
  };
  const generation = isReplacement ? String(stack.events.length) : '';
  const asked = askedOf(work, logicalId, type, { generation, initiated: begin });
  const created = await providerOf(type).create(properties, asked);
  begin(created);
  note(room, stack, { logicalId, type, status, physicalId: created.id });
  return resourceOf(created);
}

export async function updateResource(
  work: Work,
  held: StackResource,
  properties: Properties,
): Promise<StackResource> {
  const { room, stack } = work;
  const { logicalId, type, created } = held;
  const about = { logicalId, type, physicalId: created.id };
  note(room, stack, { ...about, status: 'UPDATE_IN_PROGRESS' });
  await checkProperties(type, logicalId, properties);
  const { update } = providerOf(type);
  const changed = update
    ? await update(created, properties, askedOf(work, logicalId, type), held.properties)
    : created;
  note(room, stack, { ...about, status: 'UPDATE_COMPLETE' });
  return { ...held, properties, created: changed, status: 'UPDATE_COMPLETE', changed: room.aws.clock.now() };
}

export async function deleteResource(work: Work, held: StackResource): Promise<void> {
  const { room, stack } = work;
  const { logicalId, type, created, properties, deletionPolicy } = held;
  const about = { logicalId, type, physicalId: created.id };
  if (deletionPolicy.startsWith('Retain')) {
    note(room, stack, { ...about, status: 'DELETE_SKIPPED' });
    return;
  }
  note(room, stack, { ...about, status: 'DELETE_IN_PROGRESS' });
  await providerOf(type).delete(created, properties, askedOf(work, logicalId, type));
  note(room, stack, { ...about, status: 'DELETE_COMPLETE' });
}

/** Whether properties changed such that a new resource takes the old one's place. */
export async function isReplaced(
  held: StackResource,
  type: string,
  properties: Properties,
): Promise<boolean> {
  if (held.type !== type) return true;
  const names = new Set([...Object.keys(held.properties), ...Object.keys(properties)]);
  const changed = [...names].filter((name) => !isSame(held.properties[name], properties[name]));
  return !providerOf(type).update || (await causesReplacement(type, changed));
}

/** Equal as JSON; the order of an object's members is nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
