import { setTimeout } from 'node:timers/promises';

export interface Poll {
  /** Milliseconds until the second question; each pause is half as long again as the one before. */
  first: number;
  /** The longest pause. */
  longest: number;
  /** How long to ask before giving up. */
  patience: number;
}

/** From a second up to a quarter of a minute, for an hour: what AWS does in minutes. */
export const MINUTES: Poll = { first: 1000, longest: 15_000, patience: 60 * 60_000 };

/**
 * Asks until there is an answer. Pauses vary by a fifth, so that many who wait do not ask at once.
 * @returns the answer; undefined when patience has run out.
 */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer | undefined>,
  poll: Poll,
): Promise<Answer | undefined> {
  let pause = poll.first;
  for (let waited = 0; ; waited += pause, pause = Math.min(pause * 1.5, poll.longest)) {
    const answer = await ask();
    if (answer !== undefined || waited >= poll.patience) return answer;
    await setTimeout(pause * (0.8 + Math.random() * 0.4));
  }
}
