import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceEntry } from './catalog.ts';

/*
 * The SDK exports its schemas as arrays: `[9, namespace, name, traits, input, output]` for an operation,
 * `[-3, namespace, name, traits, members, …]` for an error. See @smithy/types' StaticSchema.
 */
const OPERATION = 9;
const ERROR = -3;

/** What can be handed to NormalizedSchema.of: a schema, or a function that gives one. */
export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

export interface OperationModel {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  outputRef: SchemaRef;
  /** `[method, path, status]` where the protocol is a REST one. */
  http?: readonly [method: string, path: string, status: number];
}

export interface ErrorModel {
  name: string;
  schema: NormalizedSchema;
  /** The code that query protocols answer with, where it differs from the shape's name. */
  queryCode: string;
  /** The HTTP status that the model declares. */
  statusCode: number | undefined;
}

/** A service as AWS's model describes it. */
export interface ServiceModel {
  entry: ServiceEntry;
  namespace: string;
  operation(name: string): OperationModel | undefined;
  operations(): readonly OperationModel[];
  /** Finds an error by its shape's name or by its query code. */
  error(code: string): ErrorModel | undefined;
}

const models = new Map<ServiceEntry, Promise<ServiceModel>>();

/** Loads a service's model on its first use: EC2's takes half a second. */
export function modelOf(entry: ServiceEntry): Promise<ServiceModel> {
  const known = models.get(entry);
  if (known) return known;
  const loading = entry.load().then((module) => createModel(entry, module));
  models.set(entry, loading);
  return loading;
}

function createModel(entry: ServiceEntry, module: Readonly<Record<string, unknown>>): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, ErrorModel>();
  let namespace = '';
  for (const schema of Object.values(module)) {
    if (!Array.isArray(schema)) continue;
    if (schema[0] === OPERATION) {
      namespace = String(schema[1]);
      operations.set(String(schema[2]), operationModel(schema, entry));
    } else if (schema[0] === ERROR) {
      const error = errorModel(schema);
      errors.set(error.name, error);
      if (!errors.has(error.queryCode)) errors.set(error.queryCode, error);
    }
  }
  return {
    entry,
    namespace,
    operation: (name) => operations.get(name),
    operations: () => [...operations.values()],
    error: (code) => errors.get(code),
  };
}

function operationModel(schema: readonly unknown[], entry: ServiceEntry): OperationModel {
  const [, , name, traits, input, output] = schema;
  const http = traitOf(traits, 'http');
  return {
    name: String(name),
    input: NormalizedSchema.of(input as SchemaRef),
    output: NormalizedSchema.of(output as SchemaRef),
    outputRef: output as SchemaRef,
    ...(Array.isArray(http)
      ? { http: [String(http[0]), pathOf(entry, String(http[1]), input), Number(http[2])] as const }
      : {}),
  };
}

/** S3's model leaves the bucket to the endpoint; at an endpoint without names of its own it begins the path. */
function pathOf(entry: ServiceEntry, template: string, input: unknown): string {
  if (entry.id !== 's3') return template;
  const schema = NormalizedSchema.of(input as SchemaRef);
  const hasBucket =
    schema.isStructSchema() && [...schema.structIterator()].some(([name]) => name === 'Bucket');
  return hasBucket ? `/{Bucket}${template.replace(/^\/(?=\?|$)/, '')}` : template;
}

function errorModel(schema: readonly unknown[]): ErrorModel {
  const name = String(schema[2]);
  const query = traitOf(schema[3], 'awsQueryError');
  const [queryCode, queryStatus] = Array.isArray(query) ? query : [];
  const status = queryStatus ?? traitOf(schema[3], 'httpError');
  return {
    name,
    schema: NormalizedSchema.of(schema as unknown as SchemaRef),
    queryCode: typeof queryCode === 'string' ? queryCode : name,
    statusCode: typeof status === 'number' ? status : undefined,
  };
}

function traitOf(traits: unknown, name: string): unknown {
  return typeof traits === 'object' && traits !== null
    ? (traits as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The names of the members that a structure must have: the schema lists them first and says how many. */
export function requiredMembers(structure: NormalizedSchema): readonly string[] {
  const schema: unknown = structure.getSchema();
  if (!Array.isArray(schema)) return [];
  const [, , , , members, , count] = schema as [0, 0, 0, 0, readonly string[], 0, number | undefined];
  return members.slice(0, count ?? 0);
}
