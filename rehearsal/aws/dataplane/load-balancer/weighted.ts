/**
 * Smooth weighted round robin: of every `sum(weights)` turns each choice gets exactly its weight, spread
 * as evenly as whole turns allow. A choice of weight 0 gets none; undefined when no weight is left.
 */
export function createWeightedTurns<Choice>(
  choices: readonly { choice: Choice; weight: number }[],
): () => Choice | undefined {
  const entries = choices.filter(({ weight }) => weight > 0).map((entry) => ({ ...entry, credit: 0 }));
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  const [only] = entries;
  if (entries.length === 1 && only) return () => only.choice;
  return () => {
    let best: (typeof entries)[number] | undefined;
    for (const entry of entries) {
      entry.credit += entry.weight;
      if (!best || entry.credit > best.credit) best = entry;
    }
    if (best) best.credit -= total;
    return best?.choice;
  };
}
