import crypto from 'node:crypto';
import querystring from 'node:querystring';
import { createContext, Script } from 'node:vm';
import { forEachHeader, type ViewerRequest } from './request.ts';

/** A response that a function makes by itself. */
export interface FunctionResponse {
  statusCode: number;
  statusDescription: string;
  headers: readonly string[];
  body: string;
}

export type FunctionResult =
  | { kind: 'request'; request: ViewerRequest }
  | { kind: 'response'; response: FunctionResponse };

export interface FunctionEnvironment {
  distributionId: string;
  domainName: string;
  requestId: string;
}

/** A published CloudFront Function at one of a behaviour's events. */
export interface EdgeFunction {
  /** @throws whatever the function throws, or what is wrong with what it gives back. */
  onViewerRequest(request: ViewerRequest, environment: FunctionEnvironment): Promise<FunctionResult>;
}

/** What a function reads of its key value store. */
export interface KeyValues {
  get(key: string): string | undefined;
  count(): number;
}

type Handler = (event: unknown) => unknown;

/**
 * Makes a function of CloudFront's JavaScript runtime 2.0 ready to run, in a context of its own: of the world
 * it has the modules that CloudFront has, the wall clock, and its key value store, by whatever id.
 * @throws SyntaxError when the code is none, TypeError when it has no `handler`.
 */
export function compileFunction(name: string, code: string, keyValues: KeyValues | undefined): EdgeFunction {
  const modules: Readonly<Record<string, unknown>> = {
    cloudfront: { kvs: () => keyValueHandle(keyValues) },
    crypto,
    querystring,
  };
  const context = createContext(
    {
      Buffer,
      TextEncoder,
      TextDecoder,
      console,
      // The wall clock, as tokens have it that are put from outside: AWS's own may run faster here.
      get Date() {
        return Date;
      },
      imported: (module: string) => {
        if (!Object.hasOwn(modules, module)) throw new TypeError(`Cannot find module "${module}"`);
        return modules[module];
      },
    },
    { codeGeneration: { strings: false, wasm: false } },
  );
  const handler: unknown = new Script(`${withoutImports(code)}\n;handler`, { filename: name }).runInContext(
    context,
  );
  if (typeof handler !== 'function') throw new TypeError(`${name} has no function handler`);
  return {
    onViewerRequest: async (request, environment) =>
      resultOf(await (handler as Handler)(eventOf(request, environment)), request),
  };
}

/** CloudFront's modules have a default export only; scripts, unlike modules, run without a flag of Node's. */
function withoutImports(code: string): string {
  return code.replaceAll(
    /^[ \t]*import\s+(\w+)\s+from\s+(['"])([\w-]+)\2[ \t]*;?/gm,
    (_line, name: string, _quote, module: string) => `const ${name} = imported('${module}');`,
  );
}

function keyValueHandle(keyValues: KeyValues | undefined) {
  const store = () => {
    if (!keyValues) throw new Error('no key value store is associated with the function');
    return keyValues;
  };
  return {
    get: async (key: string, { format = 'string' }: { format?: string } = {}) => {
      const value = store().get(key);
      if (value === undefined) throw new Error('KeyNotFound');
      if (format === 'json') return JSON.parse(value) as unknown;
      return format === 'bytes' ? Buffer.from(value) : value;
    },
    exists: async (key: string) => store().get(key) !== undefined,
    count: async () => store().count(),
  };
}

interface Value {
  value: string;
  multiValue?: { value: string }[];
}
type Values = Record<string, Value>;

function eventOf(request: ViewerRequest, environment: FunctionEnvironment): object {
  const headers: Values = {};
  const cookies: Values = {};
  const query: Values = {};
  forEachHeader(request.headers, (name, value) => {
    if (name.toLowerCase() !== 'cookie') return add(headers, name.toLowerCase(), value);
    for (const pair of value.split(/;\s*/)) add(cookies, ...split(pair));
  });
  for (const pair of request.query === '' ? [] : request.query.split('&')) add(query, ...split(pair));
  return {
    version: '1.0',
    context: {
      distributionDomainName: environment.domainName,
      distributionId: environment.distributionId,
      eventType: 'viewer-request',
      requestId: environment.requestId,
    },
    viewer: { ip: request.viewerAddress },
    request: { method: request.method, uri: request.path, querystring: query, headers, cookies },
  };
}

function split(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** The first value stands by itself, and all of several beside it. */
function add(values: Values, name: string, value: string): void {
  const held = values[name];
  if (!held) values[name] = { value };
  else held.multiValue = [...(held.multiValue ?? [{ value: held.value }]), { value }];
}

function resultOf(given: unknown, asked: ViewerRequest): FunctionResult {
  const result = fields(given, 'what the function gives back');
  if (result.statusCode !== undefined) return { kind: 'response', response: responseOf(result) };
  if (typeof result.uri !== 'string' || !result.uri.startsWith('/')) {
    throw new TypeError(`request.uri must begin with a slash, and is ${String(result.uri)}`);
  }
  const cookies = pairs(result.cookies, 'request.cookies').map(([name, value]) => `${name}=${value}`);
  const query = pairs(result.querystring, 'request.querystring').map(([name, value]) =>
    value === '' ? name : `${name}=${value}`,
  );
  return {
    kind: 'request',
    request: {
      ...asked,
      path: result.uri,
      query: query.join('&'),
      headers: [
        ...pairs(result.headers, 'request.headers').flat(),
        ...(cookies.length > 0 ? ['cookie', cookies.join('; ')] : []),
      ],
    },
  };
}

function responseOf(result: Readonly<Record<string, unknown>>): FunctionResponse {
  const { statusCode, statusDescription, body } = result;
  if (typeof statusCode !== 'number' || !(statusCode >= 100 && statusCode <= 599)) {
    throw new TypeError(`response.statusCode must be a number from 100 to 599, and is ${String(statusCode)}`);
  }
  const text = typeof body === 'object' && body !== null && 'data' in body ? body.data : body;
  const cookies = pairs(result.cookies, 'response.cookies').flatMap(([name, value]) => [
    'set-cookie',
    `${name}=${value}`,
  ]);
  return {
    statusCode,
    statusDescription: typeof statusDescription === 'string' ? statusDescription : '',
    headers: [...pairs(result.headers, 'response.headers').flat(), ...cookies],
    body: typeof text === 'string' ? text : '',
  };
}

/** `{name: {value}}` or `{name: {multiValue: […]}}` as names and values. */
function pairs(given: unknown, where: string): [name: string, value: string][] {
  if (given === undefined) return [];
  return Object.entries(fields(given, where)).flatMap(([name, entry]) => {
    const { value, multiValue } = fields(entry, `${where}.${name}`);
    const values = Array.isArray(multiValue)
      ? multiValue.map((one) => fields(one, `${where}.${name}`).value)
      : [value];
    return values.map((one): [string, string] => {
      if (typeof one !== 'string') throw new TypeError(`${where}.${name} must have a value that is a string`);
      return [name, one];
    });
  });
}

function fields(given: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${where} must be an object`);
  return { ...given };
}
