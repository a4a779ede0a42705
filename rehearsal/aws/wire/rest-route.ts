import type { OperationModel, ServiceModel } from './model.ts';
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

/** The operation that a REST request's method and path name; the one with the fewest labels wins. */
export function restOperation(model: ServiceModel, request: WireRequest): OperationModel | undefined {
  const candidates = model
    .operations()
    .filter(({ http }) => http?.[0] === request.method && labelsIn(http[1], request.url.pathname));
  const labelCount = ({ http }: OperationModel) => http?.[1].split('{').length ?? 0;
  return candidates.toSorted((one, other) => labelCount(one) - labelCount(other))[0];
}
