import type { Cause, Demand, Subject, UnknownCost } from './line.ts';
import { eachCase, exactly, type Range, ZERO } from './range.ts';
import type { Catalogue } from './template/catalogue.ts';
import { isPlaceholder, unresolvedIn } from './template/placeholder.ts';
import type { Resource } from './template/stack.ts';
import { assumed, type Sleep, type Usage } from './usage.ts';
import { USAGE_KEYS, type UsageKey } from './usage-keys.ts';

/** AWS's own month for prices by the hour. */
export const HOURS_A_MONTH = 730;

/** What a pricing rule may look at, and where it says what it does not know. */
export interface Context {
  catalogue: Catalogue;
  now: Date;
  environmentOf(resource: Resource): string;
  subjectOf(resource: Resource): Subject;
  /** Hours a month in which the resource runs: fewer than 730 where its environment sleeps. */
  hours(resource: Resource): Range;
  /** Share of the month for which the resource exists. */
  existence(resource: Resource): Range;
  /** Share of the month in which the environment is awake. */
  awake(environment: string): Range;
  /** An assumption of usage.yml; when nobody made it, that is noted, and zero is used meanwhile. */
  usage(key: UsageKey, subject: Subject): Range;
  /** Notes that a price cannot be known. */
  unknown(unknown: UnknownCost): void;
  unknowns: readonly UnknownCost[];
}

export function createContext(
  catalogue: Catalogue,
  usage: Usage,
  now: Date,
  environmentOf: (resource: Resource) => string,
): Context {
  const unknowns = new Map<string, UnknownCost>();
  const subjectOf = (resource: Resource) => resourceSubject(resource, environmentOf(resource));
  const share = (resource: Resource, kinds: readonly ('absent' | 'stopped')[]): Range => {
    const sleep = usage.environments[environmentOf(resource)]?.sleep;
    const rests = sleep && kinds.some((kind) => matches(sleep[kind], resource));
    return sleep && rests ? awakeShare(sleep) : exactly(1);
  };
  const unknown = (entry: UnknownCost) => {
    unknowns.set(`${entry.subject.id} ${entry.reason}`, entry);
  };
  return {
    catalogue,
    now,
    environmentOf,
    subjectOf,
    hours: (resource) => {
      const running = share(resource, ['absent', 'stopped']);
      return eachCase((which) => running[which] * HOURS_A_MONTH);
    },
    existence: (resource) => share(resource, ['absent']),
    awake: (environment) => {
      const sleep = usage.environments[environment]?.sleep;
      return sleep ? awakeShare(sleep) : exactly(1);
    },
    usage: (key, subject) => {
      const range = assumed(usage, subject.environment, key);
      if (range) return range;
      unknown({
        subject,
        reason: `usage.yml has no assumption ${key} (${USAGE_KEYS[key]})`,
        remedy: `Add assumptions.${key} with low, expected, high, source and expires`,
      });
      return ZERO;
    },
    unknown,
    get unknowns() {
      return [...unknowns.values()];
    },
  };
}

function awakeShare(sleep: Sleep): Range {
  return eachCase((which) => Math.min(1, sleep['awake-hours'][which] / HOURS_A_MONTH));
}

/** A pattern is a resource type, `stack:NAME`, or `tag:KEY=VALUE` of the stack; `*` stands for anything. */
function matches(patterns: readonly string[], resource: Resource): boolean {
  return patterns.some((pattern) => {
    const tag = /^tag:([^=]+)=(.*)$/.exec(pattern);
    if (tag) return resource.stack.tags[tag[1] ?? ''] === tag[2];
    const [wanted, actual] = pattern.startsWith('stack:')
      ? [pattern.slice('stack:'.length), resource.stack.name]
      : [pattern, resource.type];
    const escaped = wanted.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${escaped.join('.*')}$`).test(actual);
  });
}

function resourceSubject(resource: Resource, environment: string): Subject {
  const source = resource.stack.sources[resource.logicalId];
  return {
    environment,
    region: resource.stack.region,
    id: resource.id,
    type: resource.type,
    name: resource.constructPath,
    file: resource.stack.file,
    ...(source === undefined ? {} : { source }),
  };
}

/** Reads the properties of one resource, remembers which, and says what a missing value was taken for. */
export interface Reader {
  text(property: string, byDefault: string): string;
  number(property: string, byDefault: number): number;
  flag(property: string): boolean;
  /** The properties that were read: why a price is what it is. */
  causes: readonly Cause[];
}

export function reader(resource: Resource, context: Context): Reader {
  const causes: Cause[] = [];
  const value = (property: string, byDefault: unknown): unknown => {
    const found = property
      .split('.')
      .reduce<unknown>(
        (parent, key) => (parent as Record<string, unknown> | undefined)?.[key],
        resource.properties,
      );
    causes.push(causeOf(resource, property, found));
    if (found === undefined || found === null) return byDefault;
    if (!isPlaceholder(found)) return found;
    const subject = context.subjectOf(resource);
    context.unknown({
      subject,
      reason: `its ${property} cannot be resolved: ${unresolvedIn(found) ?? `${String(found)} is known only once deployed`}; ${JSON.stringify(byDefault)} is assumed`,
      remedy: 'Set it with the input parameters (STACK.PARAMETER=VALUE), or give the parameter a default',
    });
    return byDefault;
  };
  return {
    causes,
    text: (property, byDefault) => String(value(property, byDefault)),
    flag: (property) => String(value(property, false)) === 'true',
    number: (property, byDefault) => {
      const found = value(property, byDefault);
      const number = Number(found);
      if (Number.isFinite(number) && number >= 0) return number;
      context.unknown({
        subject: context.subjectOf(resource),
        reason: `its ${property} is no number: ${JSON.stringify(found)}; ${byDefault} is assumed`,
        remedy: 'Mend the template',
      });
      return byDefault;
    },
  };
}

export function causeOf(resource: Resource, property: string, value: unknown): Cause {
  const path = `/Resources/${resource.logicalId}/Properties/${property.replaceAll('.', '/')}`;
  return { path: `${resource.stack.file}#${path}`, value };
}

/** One demand of a resource. */
export type Need = Omit<Demand, 'subject' | 'causes'>;

/** What a rule says of a resource: what it needs, why it is free, or that nobody knows. */
export type Priced =
  | { needs: readonly Need[]; causes: readonly Cause[] }
  | { free: string }
  | { unknown: string; remedy: string };

export type Rule = (resource: Resource, context: Context) => Priced;

/** What an environment uses of a service, whatever the number of its resources. */
export interface Use {
  /** `traffic of CloudFront`. */
  name: string;
  /** It is priced in environments that have a resource of one of these types. */
  types: readonly string[];
  needs(subject: Subject, context: Context, resources: readonly Resource[]): readonly Need[];
}

/** The rules of one AWS service. */
export interface Service {
  rules: Readonly<Record<string, Rule>>;
  uses?: readonly Use[];
}
