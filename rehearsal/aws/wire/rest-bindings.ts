import type { NormalizedSchema } from '@smithy/core/schema';
import type { OperationModel } from './model.ts';
import type { WireRequest } from './protocol.ts';
import { pathLabels } from './rest-route.ts';

/** Where a member of a REST request or response is: in path, query, headers or status, or it is the body. */
export interface Binding {
  name: string;
  schema: NormalizedSchema;
  httpHeader?: string;
  httpQuery?: string;
  /** `x-amz-meta-`: every header that begins so is a value of this map. */
  prefix?: string;
  isLabel: boolean;
  isPayload: boolean;
  isStatus: boolean;
}

export function bindingsOf(structure: NormalizedSchema): Binding[] {
  if (!structure.isStructSchema()) return [];
  return [...structure.structIterator()].map(([name, schema]) => {
    const { httpHeader, httpQuery, httpLabel, httpPayload, httpResponseCode, httpPrefixHeaders } =
      schema.getMergedTraits();
    return {
      name,
      schema,
      ...(httpHeader ? { httpHeader } : {}),
      ...(httpQuery ? { httpQuery } : {}),
      ...(httpPrefixHeaders === undefined ? {} : { prefix: httpPrefixHeaders }),
      isLabel: httpLabel !== undefined,
      isPayload: httpPayload !== undefined,
      isStatus: httpResponseCode !== undefined,
    };
  });
}

/** The members of the input that are not in the body. */
export function outsideBody(
  operation: OperationModel,
  bindings: readonly Binding[],
  request: WireRequest,
): Record<string, unknown> {
  const labels = pathLabels(operation, request);
  return Object.fromEntries(
    bindings.flatMap((binding): [string, unknown][] => {
      if (binding.prefix !== undefined) return [[binding.name, prefixed(binding.prefix, request)]];
      const text = binding.isLabel
        ? labels[binding.name]
        : binding.httpHeader
          ? request.headers[binding.httpHeader.toLowerCase()]
          : binding.httpQuery && (request.url.searchParams.get(binding.httpQuery) ?? undefined);
      return text ? [[binding.name, scalar(binding.schema, text)]] : [];
    }),
  );
}

function prefixed(prefix: string, { headers }: WireRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

function scalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isNumericSchema()) return Number(text);
  return schema.isBooleanSchema() ? text === 'true' : text;
}

/** Status and headers that an output's bound members give, and the members that are left for the body. */
export function splitOutput(operation: OperationModel, output: object, requestId: string) {
  const values = new Map(Object.entries(output));
  const headers: Record<string, string> = { 'x-amzn-requestid': requestId };
  let statusCode = operation.http?.[2] ?? 200;
  for (const { name, httpHeader, isStatus, prefix } of bindingsOf(operation.output)) {
    const value: unknown = values.get(name);
    if (isStatus && typeof value === 'number') statusCode = value;
    if (httpHeader && value !== undefined) headers[httpHeader.toLowerCase()] = headerText(value);
    for (const [key, text] of prefix === undefined ? [] : Object.entries(value ?? {})) {
      headers[`${prefix}${key}`] = String(text);
    }
    if (isStatus || httpHeader || prefix !== undefined) values.delete(name);
  }
  return { statusCode, headers, body: Object.fromEntries(values) };
}

const headerText = (value: unknown) => (value instanceof Date ? value.toUTCString() : String(value));
