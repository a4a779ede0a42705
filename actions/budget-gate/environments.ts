import type { Resource, Stack } from './template/stack.ts';

/** Where stacks go that serve every environment: budgets, images, the account's own records. */
export const SHARED = 'shared';

/**
 * The environment of a stack: its tag `environment`, its CDK stage, or the environment whose name is a word
 * of the stack's name. Stacks of no environment are shared.
 * @param known names that environments have.
 */
export function environmentOfStack(stack: Stack, known: readonly string[]): string {
  const tag = Object.entries(stack.tags).find(([key]) => key.toLowerCase() === 'environment')?.[1];
  for (const hint of [tag, stack.stage, stack.name, stack.file]) {
    const words = hint?.toLowerCase().split(/[^a-z0-9]+/) ?? [];
    const found = known.find((name) => hint?.toLowerCase() === name || words.includes(name));
    if (found !== undefined) return found;
  }
  return SHARED;
}

/** The environments of all stacks, looked up once. */
export function environmentsOf(
  stacks: readonly Stack[],
  known: readonly string[],
): (resource: Resource) => string {
  const byStack = new Map(stacks.map((stack) => [stack.id, environmentOfStack(stack, known)]));
  return (resource) => byStack.get(resource.stack.id) ?? SHARED;
}
