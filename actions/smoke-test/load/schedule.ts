import { randomStream } from '../statistics/random.ts';

export type Side = 'green' | 'blue';

/** One arrival of an open model: it is due when it is due, whatever became of those before it. */
export interface Arrival {
  /** Milliseconds since the start. */
  due: number;
  side: Side;
  /** Index of the request that is sent. */
  request: number;
}

export interface ScheduleOptions {
  /** Arrivals a second, of each side. */
  rate: number;
  durationMs: number;
  weights: readonly number[];
  /** Which requests blue gets as often as green; which of two neighbours is whose is drawn by lot. */
  withBlue: readonly boolean[];
  seed: number;
}

/** Arrivals at a constant rate. Requests are drawn by weight, and both sides of a pair get the same one. */
export function schedule({ rate, durationMs, weights, withBlue, seed }: ScheduleOptions): Arrival[] {
  const random = randomStream(seed);
  const pairs = Math.round((rate * durationMs) / 1000);
  const step = 1000 / rate;
  return Array.from({ length: pairs }, (_, index): Arrival[] => {
    const request = draw(weights, random());
    const due = index * step;
    if (!withBlue[request]) return [{ due, side: 'green', request }];
    const [first, second]: Side[] = random() < 0.5 ? ['green', 'blue'] : ['blue', 'green'];
    return [
      { due, side: first ?? 'green', request },
      { due: due + step / 2, side: second ?? 'blue', request },
    ];
  }).flat();
}

function draw(weights: readonly number[], lot: number): number {
  let rest = lot * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}
