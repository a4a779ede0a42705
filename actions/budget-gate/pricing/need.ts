import type { Need } from '../context.ts';
import { HOURS_A_MONTH } from '../context.ts';
import { exactly, isExact, type Range } from '../range.ts';

export function need(component: string, price: string, quantity: Range | number, formula: string): Need {
  return { component, price, quantity: typeof quantity === 'number' ? exactly(quantity) : quantity, formula };
}

/** A range for formulas: `730` or `40 / 60 / 120`. */
export function words(range: Range): string {
  const text = (number: number) => String(Number(number.toPrecision(6)));
  return isExact(range)
    ? text(range.low)
    : `${text(range.low)} / ${text(range.expected)} / ${text(range.high)}`;
}

/** `730 h`, or the hours awake of an environment that sleeps. */
export function hoursInWords(hours: Range): string {
  return isExact(hours) && hours.low === HOURS_A_MONTH ? '730 h' : `${words(hours)} h awake`;
}
