import type { CapacityProviderStrategyItem } from '@aws-sdk/client-ecs';

/**
 * The capacity provider of the next task (AWS: "Fargate capacity providers"): first each provider's
 * base, then by weight whichever is furthest behind its share.
 * @param running the providers of the tasks that are there.
 */
export function nextProvider(
  strategy: readonly CapacityProviderStrategyItem[],
  running: readonly (string | undefined)[],
): string | undefined {
  const shares = strategy.map(({ capacityProvider = '', base = 0, weight = 0 }) => {
    const has = running.filter((name) => name === capacityProvider).length;
    return { capacityProvider, missing: base - has, weight, ratio: Math.max(0, has - base) / weight };
  });
  const lacking = shares.find(({ missing }) => missing > 0);
  if (lacking) return lacking.capacityProvider;
  const weighted = shares.filter(({ weight }) => weight > 0);
  return weighted.toSorted((a, b) => a.ratio - b.ratio || b.weight - a.weight)[0]?.capacityProvider;
}
