import fc from 'fast-check';
import { createWeightedTurns } from './weighted.ts';

const weights = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 5 });

test('in every round each choice has exactly its weight of turns', () => {
  fc.assert(
    fc.property(weights, (given) => {
      const next = createWeightedTurns(given.map((weight, choice) => ({ choice, weight })));
      const total = given.reduce((sum, weight) => sum + weight, 0);
      const counts = given.map(() => 0);
      for (let turn = 0; turn < total * 2; turn++) {
        const choice = next() ?? -1;
        counts[choice] = (counts[choice] ?? 0) + 1;
      }
      expect(counts).toEqual(given.map((weight) => weight * 2));
    }),
  );
});

test('a tenth comes once in every ten turns, not ten times in a hundred', () => {
  const next = createWeightedTurns([
    { choice: 'blue', weight: 90 },
    { choice: 'green', weight: 10 },
  ]);
  for (let round = 0; round < 10; round++) {
    const turns = Array.from({ length: 10 }, next);
    expect(turns.filter((choice) => choice === 'green')).toHaveLength(1);
  }
});

test('without weight there is no choice', () => {
  expect(createWeightedTurns([{ choice: 'blue', weight: 0 }])()).toBeUndefined();
});
