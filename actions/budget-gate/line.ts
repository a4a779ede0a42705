import type { Range } from './range.ts';

/** Where in the templates a price comes from, and the value that is there. */
export interface Cause {
  /** `file#/Resources/Id/Properties/Cpu`. */
  path: string;
  value: unknown;
}

/** What a line belongs to: one resource, or the use that an environment makes of a service. */
export interface Subject {
  environment: string;
  region: string;
  /** `stack/LogicalId`, or `environment/use`. */
  id: string;
  /** CloudFormation type, or `usage`. */
  type: string;
  /** Path of the construct, for people. */
  name: string;
  /** Template file, from the folder that was given; empty for use. */
  file: string;
  /** `file:line` of the construct's source where it is known. */
  source?: string;
}

/** One thing to pay for: how much of what, before any price. */
export interface Demand {
  subject: Subject;
  /** What is paid for: `instance hours`. */
  component: string;
  /** Key in the price book. */
  price: string;
  /** How much, in the price's unit, a month. */
  quantity: Range;
  /** How the quantity was reached, in words and numbers. */
  formula: string;
  causes: readonly Cause[];
}

/** A demand with its price: one line of the table. */
export interface Line extends Demand {
  unit: string;
  unitPrice: Range;
  /** What the account's free tier covers of the quantity. */
  free: Range;
  /** USD a month. */
  cost: Range;
  confidence: 'A' | 'B' | 'C';
}

/** A resource that costs nothing by itself, and why. */
export interface FreeResource {
  subject: Subject;
  reason: string;
}

/** A resource or value whose price cannot be known: blocks the gate. */
export interface UnknownCost {
  subject: Subject;
  reason: string;
  /** What to do next. */
  remedy: string;
}
