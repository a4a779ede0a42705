import { data } from '@actions/expressions';

/** A plain value as GitHub's expression engine holds it. */
export function toData(value: unknown): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  const pairs = Object.entries(value as Record<string, unknown>);
  return new data.Dictionary(...pairs.map(([key, item]) => ({ key, value: toData(item) })));
}

export function fromData(value: data.ExpressionData): unknown {
  switch (value.kind) {
    case data.Kind.Null:
      return null;
    case data.Kind.Array:
      return (value as data.Array).values().map(fromData);
    case data.Kind.Dictionary:
      return Object.fromEntries(
        (value as data.Dictionary).pairs().map(({ key, value: item }) => [key, fromData(item)]),
      );
    default:
      return (value as data.StringData | data.NumberData | data.BooleanData).value;
  }
}

/** GitHub's truth: false, 0, '' and null are false, everything else is true. */
export function isTruthy(value: unknown): boolean {
  return !(value === false || value === 0 || value === '' || value === null || Number.isNaN(value));
}
