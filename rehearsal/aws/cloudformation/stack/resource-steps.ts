import type { Principal } from '../../kernel/service.ts';
import type { Asked, Properties } from '../resources/provider.ts';
import { providerOf } from '../resources/providers.ts';
import { causesReplacement, checkProperties } from '../resources/specification.ts';
import type { TemplateResource } from '../template/template.ts';
import { note } from './events.ts';
import { type CloudFormation, generatedName, type Stack, type StackResource } from './state.ts';

/** A stack's resources, changed one at a time in the name of one principal. */
export interface Work {
  room: CloudFormation;
  stack: Stack;
  as: Principal;
}

function askedOf({ room, stack, as }: Work, logicalId: string, type: string, generation = ''): Asked {
  return {
    aws: room.aws,
    as,
    region: room.aws.region,
    stackId: stack.id,
    stackName: stack.name,
    logicalId,
    type,
    generatedName: generatedName(stack, logicalId, generation),
  };
}

export async function createResource(
  work: Work,
  logicalId: string,
  declared: TemplateResource,
  properties: Properties,
): Promise<StackResource> {
  const { room, stack } = work;
  const type = declared.Type;
  const isReplacement = stack.resources.has(logicalId);
  const verb = isReplacement ? 'UPDATE' : 'CREATE';
  const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
  note(room, stack, { logicalId, type, status: `${verb}_IN_PROGRESS`, ...(isReplacement ? { reason } : {}) });
  await checkProperties(type, logicalId, properties);
  const generation = isReplacement ? String(stack.events.length) : '';
  const created = await providerOf(type).create(properties, askedOf(work, logicalId, type, generation));
  const physicalId = created.id;
  if (!isReplacement) {
    note(room, stack, {
      logicalId,
      type,
      status: 'CREATE_IN_PROGRESS',
      physicalId,
      reason: 'Resource creation Initiated',
    });
  }
  const status = `${verb}_COMPLETE` as const;
  note(room, stack, { logicalId, type, status, physicalId });
  const deletionPolicy = declared.DeletionPolicy ?? 'Delete';
  return { logicalId, type, properties, created, deletionPolicy, status, changed: room.aws.clock.now() };
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
