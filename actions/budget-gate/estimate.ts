import type { Context } from './context.ts';
import { createContext } from './context.ts';
import { environmentsOf } from './environments.ts';
import { drawDown } from './ledger.ts';
import type { Demand, FreeResource, Line, Subject, UnknownCost } from './line.ts';
import { findPrice, type PriceBook, unitPrice } from './price-book.ts';
import { priceResource, uses } from './pricing/rules.ts';
import { CASES, eachCase, minus, type Range, sum, ZERO } from './range.ts';
import { type Catalogue, catalogue } from './template/catalogue.ts';
import type { Resource, Stack } from './template/stack.ts';
import type { Usage } from './usage.ts';

/** What a set of stacks costs a month. */
export interface Estimate {
  lines: readonly Line[];
  free: readonly FreeResource[];
  unknowns: readonly UnknownCost[];
  total: Range;
  byEnvironment: Readonly<Record<string, Range>>;
  context: Context;
}

export interface EstimateOptions {
  stacks: readonly Stack[];
  usage: Usage;
  books: readonly PriceBook[];
  /** Names of environments that stacks may belong to, beside those of the usage file. */
  environments: readonly string[];
  now: Date;
  /** Demands that no template has: what the gate itself costs. */
  extra?: readonly Demand[];
}

/** Prices every resource, draws the free tier once, and adds it all up. */
export function estimate(options: EstimateOptions): Estimate {
  const found = catalogue(options.stacks);
  const known = [...new Set([...options.environments, ...Object.keys(options.usage.environments)])];
  const context = createContext(found, options.usage, options.now, environmentsOf(options.stacks, known));
  for (const { resource, condition } of found.doubts) {
    context.unknown({
      subject: context.subjectOf(resource),
      reason: `its condition ${condition} cannot be resolved; it is taken to exist`,
      remedy: 'Set the parameter that the condition depends on (input parameters)',
    });
  }
  const { demands, free } = demandsOf(found, context);
  const lines = priceDemands([...demands, ...(options.extra ?? [])], options.books, context);
  const environments = [...new Set(lines.map(({ subject }) => subject.environment))].sort();
  const costIn = (environment: string) =>
    sum(lines.filter(({ subject }) => subject.environment === environment).map(({ cost }) => cost));
  return {
    lines,
    free,
    unknowns: context.unknowns,
    total: sum(lines.map(({ cost }) => cost)),
    byEnvironment: Object.fromEntries(environments.map((name) => [name, costIn(name)])),
    context,
  };
}

function demandsOf(found: Catalogue, context: Context): { demands: Demand[]; free: FreeResource[] } {
  const demands: Demand[] = [];
  const free: FreeResource[] = [];
  for (const resource of found.resources) {
    const subject = context.subjectOf(resource);
    const priced = priceResource(resource, context);
    if ('needs' in priced) {
      const causes = uniqueCauses(priced.causes);
      demands.push(...priced.needs.map((need) => ({ ...need, subject, causes })));
    } else if ('free' in priced) free.push({ subject, reason: priced.free });
    else context.unknown({ subject, reason: priced.unknown, remedy: priced.remedy });
  }
  return { demands: [...demands, ...useDemands(found, context)], free };
}

function uniqueCauses(causes: readonly Demand['causes'][number][]): Demand['causes'] {
  return [...new Map(causes.map((cause) => [cause.path, cause])).values()];
}

/** What each environment uses of a service once it has a resource of it. */
function useDemands(found: Catalogue, context: Context): Demand[] {
  return uses.flatMap(({ name, types, needs }) => {
    const resources = types.flatMap((type) => found.ofType(type));
    const groups = Map.groupBy(resources, (resource) => context.environmentOf(resource));
    return [...groups].flatMap(([environment, group]) => {
      const subject = useSubject(environment, name, group);
      return needs(subject, context, group).map((need) => ({ ...need, subject, causes: [] }));
    });
  });
}

/** Use is priced in the region that has the most of the environment's resources of the service. */
function useSubject(environment: string, name: string, resources: readonly Resource[]): Subject {
  const byRegion = [...Map.groupBy(resources, ({ stack }) => stack.region)];
  const [home] = byRegion.sort(
    ([one, here], [other, there]) => there.length - here.length || (one < other ? -1 : 1),
  );
  return {
    environment,
    region: home?.[0] ?? '',
    id: `${environment}/${name}`,
    type: 'usage',
    name: `${environment}: ${name}`,
    file: '',
  };
}

/** Multiplies what is needed beyond the free tier by its price. What has no price is unknown. */
function priceDemands(demands: readonly Demand[], books: readonly PriceBook[], context: Context): Line[] {
  const claims = demands.map((demand) => ({
    id: lineId(demand),
    price: demand.price,
    quantity: demand.quantity,
  }));
  const allowances = new Map(
    demands.map(({ price, subject }) => [price, findPrice(books, subject.region, price)?.free ?? 0]),
  );
  const free = drawDown(claims, (price) => allowances.get(price) ?? 0);
  return demands
    .flatMap((demand): Line[] => {
      const price = findPrice(books, demand.subject.region, demand.price);
      if (!price) {
        const nothing = CASES.every((which) => demand.quantity[which] === 0);
        if (!nothing) context.unknown(withoutPrice(demand, books));
        return [];
      }
      const covered = free.get(lineId(demand)) ?? ZERO;
      const each = unitPrice(price);
      const paid = minus(demand.quantity, covered);
      const cost = eachCase((which) => paid[which] * each[which]);
      return [
        { ...demand, unit: price.unit, unitPrice: each, free: covered, cost, confidence: price.confidence },
      ];
    })
    .sort((left, right) => (lineId(left) < lineId(right) ? -1 : 1));
}

function withoutPrice({ subject, price, component }: Demand, books: readonly PriceBook[]): UnknownCost {
  const known = books.map(({ region }) => region);
  const reason = known.includes(subject.region)
    ? `${component}: the price book of ${subject.region} has no price ${price}`
    : `the region ${subject.region} has no prices (there are prices of ${known.join(', ')})`;
  return { subject, reason, remedy: `Make them: npm run prices -- --region ${subject.region}` };
}

export function lineId({ subject, component }: Pick<Demand, 'subject' | 'component'>): string {
  return `${subject.environment} ${subject.id} ${component}`;
}
