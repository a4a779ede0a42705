import { type OperationModel, requiredMembers, type ServiceModel } from './model.ts';
import type { WireRequest } from './protocol.ts';

/** `/2015-03-31/functions/{FunctionName}` against a path: the labels' values, or undefined. */
function labelsIn(template: string, pathname: string): Record<string, string> | undefined {
  const names: string[] = [];
  const pattern = template
    .replace(/\?.*$/, '')
    .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\{(\w+)(\\\+)?\}/g, (_label, name: string, greedy: string | undefined) => {
      names.push(name);
      return greedy ? '(.+)' : '([^/]+)';
    });
  const match = new RegExp(`^${pattern}/?$`).exec(pathname);
  if (!match) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
}

/** The values of a request's path labels, by member. */
export function pathLabels(operation: OperationModel, request: WireRequest): Record<string, string> {
  return labelsIn(operation.http?.[1] ?? '', request.url.pathname) ?? {};
}

/**
 * The operation that a REST request's method, path, query and headers name. Of several the one that asks
 * for most wins: `GET /bucket?location` is GetBucketLocation, though ListObjects is `GET /bucket`.
 */
export function restOperation(model: ServiceModel, request: WireRequest): OperationModel | undefined {
  const candidates = model
    .operations()
    .filter(({ http }) => http?.[0] === request.method && labelsIn(http[1], request.url.pathname))
    .flatMap((operation) => {
      const demands = demandsOf(operation);
      return demands.every((meets) => meets(request)) ? [{ operation, demands: demands.length }] : [];
    });
  const labelCount = ({ http }: OperationModel) => http?.[1].split('{').length ?? 0;
  const [best] = candidates.toSorted(
    (one, other) => other.demands - one.demands || labelCount(one.operation) - labelCount(other.operation),
  );
  return best?.operation;
}

type Demand = (request: WireRequest) => boolean;

/** What a request must have: the template's own query, and required members in query and headers. */
function demandsOf({ http, input }: OperationModel): Demand[] {
  const query = new URLSearchParams(http?.[1].split('?')[1] ?? '');
  const literals = [...query].map(([name, value]): Demand => {
    // Only newer SDKs send x-id.
    if (name === 'x-id') return ({ url }) => [null, value].includes(url.searchParams.get(name));
    return ({ url }) => url.searchParams.has(name) && (value === '' || url.searchParams.get(name) === value);
  });
  const required = new Set(requiredMembers(input));
  const members = input.isStructSchema() ? [...input.structIterator()] : [];
  const bound = members.flatMap(([name, member]): Demand[] => {
    const { httpHeader, httpQuery } = member.getMergedTraits();
    if (!required.has(name)) return [];
    if (httpHeader) return [({ headers }) => headers[httpHeader.toLowerCase()] !== undefined];
    return httpQuery ? [({ url }) => url.searchParams.has(httpQuery)] : [];
  });
  return [...literals, ...bound];
}
