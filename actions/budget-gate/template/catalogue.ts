import { type Reference, referencesIn } from './placeholder.ts';
import { conditionHolds, resolve, type Scope } from './resolve.ts';
import type { Resource, Stack } from './stack.ts';

/** All resources that will exist, and how to find those that others refer to. */
export interface Catalogue {
  resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** The resource that a resolved value refers to first; undefined when it is none of these templates. */
  target(value: unknown): Resource | undefined;
}

/** A resource that may or may not exist: its condition depends on a value that nobody gave. */
export interface Doubt {
  resource: Resource;
  condition: string;
}

/** Resolves the resources of all stacks. Those whose condition does not hold are left out. */
export function catalogue(stacks: readonly Stack[]): Catalogue & { doubts: readonly Doubt[] } {
  const resolved = withParentsValues(stacks);
  const resources: Resource[] = [];
  const doubts: Doubt[] = [];
  for (const stack of resolved) {
    const scope: Scope = { stack, stacks: resolved, visiting: new Set() };
    for (const [logicalId, body] of Object.entries(stack.template.Resources)) {
      const holds = body.Condition === undefined || conditionHolds(body.Condition, scope);
      if (holds === false) continue;
      const resource: Resource = {
        id: `${stack.id}/${logicalId}`,
        stack,
        logicalId,
        type: body.Type,
        properties: resolve(body.Properties, scope) as Record<string, unknown>,
        constructPath: String(body.Metadata['aws:cdk:path'] ?? `${stack.id}/${logicalId}`),
      };
      resources.push(resource);
      if (holds === undefined) doubts.push({ resource, condition: String(body.Condition) });
    }
  }
  return { ...index(resources), doubts };
}

/** The parameters of a nested stack are expressions of its parent. Parents come first. */
function withParentsValues(stacks: readonly Stack[]): Stack[] {
  const done: Stack[] = [];
  for (const stack of stacks) {
    const parent = done.find(({ id }) => id === stack.id.slice(0, stack.id.lastIndexOf('/')));
    const scope = parent && { stack: parent, stacks: done, visiting: new Set<string>() };
    const parameters = Object.entries(stack.parameters).map(([name, value]) => [
      name,
      scope ? resolve(value, scope) : value,
    ]);
    done.push({ ...stack, parameters: Object.fromEntries(parameters) });
  }
  return done;
}

function index(resources: readonly Resource[]): Catalogue {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const byType = Map.groupBy(resources, ({ type }) => type);
  const find = ({ stack, logicalId }: Reference) => byId.get(`${stack}/${logicalId}`);
  return {
    resources,
    ofType: (type) => byType.get(type) ?? [],
    target: (value) => {
      for (const reference of referencesIn(value)) {
        const resource = find(reference);
        if (resource) return resource;
      }
      return undefined;
    },
  };
}
