import { record } from '../resources/provider.ts';
import { causesReplacement } from '../resources/specification.ts';
import { resolve } from '../template/intrinsics.ts';
import { isSame } from './resource-steps.ts';
import { includedResources, scopeOf } from './scope.ts';
import type { Blueprint, CloudFormation, ResourceChange, Stack, StackResource } from './state.ts';

/** What executing a blueprint would do, as far as that is known before: ids of what is yet to be made are not. */
export async function plannedChanges(
  room: CloudFormation,
  stack: Stack,
  blueprint: Blueprint,
): Promise<ResourceChange[]> {
  const included = includedResources(room, stack, blueprint);
  const changes: ResourceChange[] = [];
  for (const [logicalId, { Type: type, Properties: declared }] of Object.entries(included)) {
    const held = stack.resources.get(logicalId);
    if (!held) {
      changes.push({ action: 'Add', logicalId, physicalId: undefined, type, isReplacement: false });
      continue;
    }
    const names = changedProperties(room, stack, blueprint, held, declared ?? {});
    if (names.length === 0) continue;
    const isReplacement = await causesReplacement(type, names);
    changes.push({ action: 'Modify', logicalId, physicalId: held.created.id, type, isReplacement });
  }
  const removed = [...stack.resources.values()].filter(
    ({ logicalId }) => !Object.hasOwn(included, logicalId),
  );
  return [
    ...changes,
    ...removed.map(
      ({ logicalId, type, created }): ResourceChange => ({
        action: 'Remove',
        logicalId,
        physicalId: created.id,
        type,
        isReplacement: false,
      }),
    ),
  ];
}

function changedProperties(
  room: CloudFormation,
  stack: Stack,
  blueprint: Blueprint,
  held: StackResource,
  declared: Readonly<Record<string, unknown>>,
): string[] {
  const scope = scopeOf(room, stack, blueprint);
  const names = new Set([...Object.keys(declared), ...Object.keys(held.properties)]);
  return [...names].filter((name) => {
    try {
      return !isSame(record(resolve({ [name]: declared[name] }, scope))[name], held.properties[name]);
    } catch {
      // It names what does not exist yet: it will be another value than now.
      return true;
    }
  });
}
