import { fullDiff, type ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff';

/** What becomes of a resource that is there, the worst first. */
const FATES = ['replaced', 'may be replaced', 'removed', 'kept, but no longer managed', 'changed'] as const;
type Fate = (typeof FATES)[number];

export interface ResourceChange {
  logicalId: string;
  type: string;
  fate: Fate;
  /** Properties and attributes that differ. */
  by: readonly string[];
}

/** What a deploy would change of a stack. */
export interface StackChange {
  stack: string;
  isNew: boolean;
  added: number;
  /** Those that are there already, the worst first. */
  resources: readonly ResourceChange[];
  /** `outputs`, `parameters`: what differs besides. */
  besides: readonly string[];
}

/** What differs of a template and is no resource. `metadata` is also said for a resource's own. */
const BESIDES = ['parameters', 'mappings', 'conditions', 'outputs', 'metadata'] as const;

/** Attributes that CloudFormation reads, and that leave the resource alone. */
const QUIET = new Set(['Metadata', 'DependsOn']);

/** @returns undefined when nothing differs; a stack that is not there, or was made without a resource, is new. */
export function stackChange(stack: string, deployed: unknown, next: unknown): StackChange | undefined {
  const before = members(deployed);
  const difference = fullDiff(before, members(next));
  if (difference.isEmpty) return undefined;
  const besides = new Set<string>(BESIDES.filter((part) => difference[part].differenceCount > 0));
  for (const part of ['description', 'transform'] as const) if (difference[part]) besides.add(part);
  for (const part of difference.unknown.logicalIds) besides.add(part);
  const resources: ResourceChange[] = [];
  let added = 0;
  difference.resources.forEachDifference((logicalId, change) => {
    if (change.isAddition) added += 1;
    else {
      const found = resourceChange(logicalId, change);
      if (found) resources.push(found);
      else besides.add('metadata');
    }
  });
  resources.sort((one, other) => FATES.indexOf(one.fate) - FATES.indexOf(other.fate));
  const isNew = Object.keys(members(before.Resources)).length === 0;
  return { stack, isNew, added, resources, besides: [...besides] };
}

function resourceChange(logicalId: string, change: ResourceDifference): ResourceChange | undefined {
  const by = [...Object.keys(change.propertyUpdates), ...Object.keys(change.otherChanges)].filter(
    (name) => !QUIET.has(name),
  );
  const fate = fateOf(change.changeImpact);
  if (fate === 'changed' && by.length === 0) return undefined;
  const types = new Set([change.oldResourceType, change.newResourceType]);
  const type = [...types].filter((name) => name !== undefined).join(' → ');
  return { logicalId, type, fate, by: fate.startsWith('removed') || fate.startsWith('kept') ? [] : by };
}

function fateOf(impact: ResourceImpact): Fate {
  switch (impact) {
    case ResourceImpact.WILL_REPLACE:
      return 'replaced';
    case ResourceImpact.MAY_REPLACE:
      return 'may be replaced';
    case ResourceImpact.WILL_DESTROY:
      return 'removed';
    case ResourceImpact.WILL_ORPHAN:
      return 'kept, but no longer managed';
    default:
      return 'changed';
  }
}

function members(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
