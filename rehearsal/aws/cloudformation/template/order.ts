import { awsError } from '../../kernel/error.ts';
import { referencesIn } from './intrinsics.ts';
import type { Template } from './template.ts';

/** Which of the resources each resource needs first. */
export function dependenciesOf(resources: Template['Resources']): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(resources).map(([id, resource]) => {
      const named = new Set([...referencesIn(resource.Properties), ...(resource.DependsOn ?? [])]);
      return [id, new Set([...named].filter((name) => Object.hasOwn(resources, name) && name !== id))];
    }),
  );
}

/**
 * The resources, each after what it depends on.
 * @throws AwsError ValidationError: Circular dependency between resources
 */
export function creationOrder(resources: Template['Resources']): string[] {
  const dependencies = dependenciesOf(resources);
  const order: string[] = [];
  const waiting = new Map([...dependencies].map(([id, needs]) => [id, new Set(needs)]));
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, needs]) => needs.size === 0).map(([id]) => id);
    if (ready.length === 0) {
      throw awsError(
        'ValidationError',
        `Circular dependency between resources: [${[...waiting.keys()].join(', ')}]`,
      );
    }
    for (const id of ready) waiting.delete(id);
    for (const needs of waiting.values()) for (const id of ready) needs.delete(id);
    order.push(...ready);
  }
  return order;
}

/** @throws AwsError ValidationError when an expression names what the template does not have. */
export function checkReferences(template: Template): void {
  const names = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters)]);
  const isKnown = (name: string) => names.has(name) || name.startsWith('AWS::');
  const check = (value: unknown, block: string) => {
    const missing = [...referencesIn(value)].filter((name) => !isKnown(name));
    if (missing.length === 0) return;
    throw awsError(
      'ValidationError',
      `Template format error: Unresolved resource dependencies [${missing.join(', ')}] in the ${block} block of the template`,
    );
  };
  for (const { Properties, DependsOn } of Object.values(template.Resources)) {
    check(Properties, 'Resources');
    check(
      DependsOn?.map((Ref) => ({ Ref })),
      'Resources',
    );
  }
  for (const { Value } of Object.values(template.Outputs)) check(Value, 'Outputs');
}
