import { type Context, HOURS_A_MONTH } from './context.ts';
import { findPrice, type PriceBook, unitPrice } from './price-book.ts';
import { type FargateService, fargateService } from './pricing/ecs.ts';
import { taskNeeds } from './pricing/fargate-task.ts';
import { exactly, plus, type Range, sum, times, ZERO } from './range.ts';

/** What it costs that green runs beside blue, in one environment. */
export interface Overlap {
  environment: string;
  services: number;
  /** USD for each hour in which both run. */
  hourly: Range;
  /** USD of one release. */
  perRelease: Range;
  /** USD a month for all releases: this is in the total. */
  monthly: Range;
  /** USD a month if a green side is forgotten and runs on: this is in no total. */
  forgotten: Range;
}

export function fargateServices(context: Context): FargateService[] {
  return context.catalogue.ofType('AWS::ECS::Service').flatMap((resource) => {
    const service = fargateService(resource, context);
    return 'free' in service || 'unknown' in service ? [] : [service];
  });
}

/** USD of tasks for some hours, on the capacity that is given. */
export function taskCost(
  service: FargateService,
  capacity: FargateService['capacity'],
  hours: Range,
  books: readonly PriceBook[],
): Range {
  const costs = taskNeeds(service.task, capacity, hours).map(({ price, quantity }) => {
    const entry = findPrice(books, service.resource.stack.region, price);
    return entry ? times(quantity, unitPrice(entry)) : ZERO;
  });
  return sum(costs);
}

export function overlaps(context: Context, books: readonly PriceBook[]): Overlap[] {
  const blueGreen = fargateServices(context).filter((service) => service.blueGreen);
  const groups = Map.groupBy(blueGreen, ({ resource }) => context.environmentOf(resource));
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([environment, services]) => {
      const hourly = services
        .map((service) => taskCost(service, service.capacity, exactly(1), books))
        .reduce(plus, ZERO);
      const [first] = services;
      const subject = first ? context.subjectOf(first.resource) : undefined;
      const hours = subject ? context.usage('release.overlap-hours', subject) : ZERO;
      const releases = subject ? context.usage('release.count', subject) : ZERO;
      return {
        environment,
        services: services.length,
        hourly,
        perRelease: times(hourly, hours),
        monthly: times(times(hourly, hours), releases),
        forgotten: times(hourly, HOURS_A_MONTH),
      };
    });
}
