import { type Context, HOURS_A_MONTH } from './context.ts';
import type { Estimate } from './estimate.ts';
import { fargateServices, overlaps, taskCost } from './overlap.ts';
import { findPrice, type PriceBook, unitPrice } from './price-book.ts';
import { supportEnds } from './pricing/rds.ts';
import { eachCase, minus, plus, type Range, sum, times, ZERO } from './range.ts';

/** Something that makes the bill jump without any change of the templates. */
export interface Cliff {
  environment: string;
  what: string;
  /** Day from which it holds, where there is one. */
  date?: string;
  /** USD a month on top of the total. */
  monthly: Range;
}

/** Every cliff of what was priced, the nearest date first, then the dearest. */
export function cliffs(estimate: Estimate, books: readonly PriceBook[]): Cliff[] {
  const { context } = estimate;
  return [
    ...endOfSupport(context, books),
    ...restartedDatabases(estimate),
    ...lostSpot(context, books),
    ...forgottenGreen(context, books),
    ...freeTier(estimate),
  ]
    .map((cliff) => ({ ...cliff, monthly: ordered(cliff.monthly) }))
    .filter(({ monthly, date }) => date !== undefined || monthly.high > 0.005)
    .sort(
      (one, other) =>
        (one.date ?? '9999').localeCompare(other.date ?? '9999') ||
        other.monthly.expected - one.monthly.expected,
    );
}

/** What is lost with Spot, or with sleep, is most where the bill is lowest: the cases are put in order again. */
function ordered({ low, expected, high }: Range): Range {
  return { low: Math.min(low, expected, high), expected, high: Math.max(low, expected, high) };
}

/** The day after standard support ends, RDS charges Extended Support, or upgrades those who refused it. */
function endOfSupport(context: Context, books: readonly PriceBook[]): Cliff[] {
  return supportEnds(context).flatMap(({ resource, end, version, vcpu, refused }) => {
    const price = findPrice(books, resource.stack.region, 'rds.pg.extended-support_vcpu_h');
    if (!price || context.now >= end) return [];
    const consequence = refused
      ? 'Extended Support is refused, so RDS upgrades it to the next major version by itself'
      : 'Extended Support is not refused (EngineLifecycleSupport: open-source-rds-extended-support-disabled)';
    return [
      {
        environment: context.environmentOf(resource),
        what: `${resource.constructPath}: PostgreSQL ${version} leaves standard support; ${consequence}`,
        date: end.toISOString().slice(0, 10),
        monthly: refused ? ZERO : times(times(context.hours(resource), vcpu), unitPrice(price)),
      },
    ];
  });
}

/** RDS starts a stopped instance by itself after seven days. */
function restartedDatabases({ context, lines }: Estimate): Cliff[] {
  return context.catalogue.ofType('AWS::RDS::DBInstance').flatMap((resource) => {
    const hours = context.hours(resource);
    if (hours.expected >= HOURS_A_MONTH) return [];
    const line = lines.find(
      ({ subject, component }) => subject.id === resource.id && component === 'instance hours',
    );
    if (!line) return [];
    const asleep = eachCase((which) => (HOURS_A_MONTH - hours[which]) * line.unitPrice[which]);
    return [
      {
        environment: context.environmentOf(resource),
        what: `${resource.constructPath}: RDS starts a stopped database by itself after 7 days, and nothing stops it again`,
        monthly: asleep,
      },
    ];
  });
}

function lostSpot(context: Context, books: readonly PriceBook[]): Cliff[] {
  const onSpot = fargateServices(context).filter(({ capacity }) => capacity.spot.high > 0);
  const groups = Map.groupBy(onSpot, ({ resource }) => context.environmentOf(resource));
  return [...groups].map(([environment, services]) => ({
    environment,
    what: `Spot is lost: ${services.length} services run on demand for the whole month`,
    monthly: services
      .map((service) => {
        const { spot } = service.capacity;
        const hours = context.hours(service.resource);
        const now = taskCost(service, { onDemand: ZERO, spot }, hours, books);
        return minus(taskCost(service, { onDemand: spot, spot: ZERO }, hours, books), now);
      })
      .reduce(plus, ZERO),
  }));
}

function forgottenGreen(context: Context, books: readonly PriceBook[]): Cliff[] {
  return overlaps(context, books).map(({ environment, services, forgotten }) => ({
    environment,
    what: `a green side of ${services} services is forgotten and runs all month`,
    monthly: forgotten,
  }));
}

/** What the account's free tier covers now: it is AWS's to end, and any other project's to use up. */
function freeTier({ lines }: Estimate): Cliff[] {
  const saved = sum(lines.map(({ free, unitPrice: each }) => times(free, each)));
  return [
    {
      environment: 'account',
      what: 'the always-free tier ends, or another project uses it up',
      monthly: saved,
    },
  ];
}
