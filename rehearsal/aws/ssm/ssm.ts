import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';

type ParameterType = 'String' | 'StringList' | 'SecureString';

interface Version {
  version: number;
  value: string;
  type: ParameterType;
  modified: Date;
  description?: string;
}

interface Parameter {
  name: string;
  versions: Version[];
  tags: Map<string, string>;
}

type Parameters = Map<string, Parameter>;

/** Systems Manager's parameters. AWS's public ones (`/aws/service/…`) are not there, and not pretended. */
export function createSsm(aws: Aws): EmbeddedService<'ssm'> {
  const parameters: Parameters = new Map();
  return {
    id: 'ssm',
    operations: { ...writing(aws, parameters), ...reading(aws, parameters), ...describing(aws, parameters) },
  };
}

function writing(aws: Aws, parameters: Parameters): Handlers<'ssm'> {
  return {
    PutParameter: (input) => {
      const before = parameters.get(input.Name);
      if (before && !input.Overwrite) {
        throw awsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      }
      checkName(input.Name);
      const type = typeOf(input.Type ?? before?.versions.at(-1)?.type);
      if (input.Value.length > (input.Tier === 'Advanced' ? 8192 : 4096)) {
        throw awsError(
          'ValidationException',
          'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
        );
      }
      const parameter: Parameter = before ?? { name: input.Name, versions: [], tags: new Map() };
      const version = (parameter.versions.at(-1)?.version ?? 0) + 1;
      const description = input.Description === undefined ? {} : { description: input.Description };
      parameter.versions.push({
        version,
        value: input.Value,
        type,
        modified: aws.clock.now(),
        ...description,
      });
      for (const { Key, Value } of input.Tags ?? []) parameter.tags.set(Key, Value);
      parameters.set(input.Name, parameter);
      return { Version: version, Tier: 'Standard' };
    },
    DeleteParameter: (input) => {
      if (!parameters.delete(input.Name)) throw notFound();
      return {};
    },
    DeleteParameters: (input) => {
      const deleted = input.Names.filter((name) => parameters.delete(name));
      return {
        DeletedParameters: deleted,
        InvalidParameters: input.Names.filter((name) => !deleted.includes(name)),
      };
    },
    AddTagsToResource: (input) => {
      const parameter = parameters.get(input.ResourceId);
      if (!parameter) throw awsError('InvalidResourceId', `Invalid Resource Id: ${input.ResourceId}`);
      for (const { Key, Value } of input.Tags) parameter.tags.set(Key, Value);
      return {};
    },
  };
}

function reading(aws: Aws, parameters: Parameters): Handlers<'ssm'> {
  return {
    GetParameter: (input) => {
      const found = find(parameters, input.Name);
      if (!found) throw notFound();
      return { Parameter: wireParameter(aws, found, input.WithDecryption ?? false) };
    },
    GetParameters: (input) => {
      const known = input.Names.map((name) => ({ name, found: find(parameters, name) }));
      return {
        Parameters: known.flatMap(({ found }) =>
          found ? [wireParameter(aws, found, input.WithDecryption ?? false)] : [],
        ),
        InvalidParameters: known.filter(({ found }) => !found).map(({ name }) => name),
      };
    },
    GetParametersByPath: (input) => {
      if (!input.Path.startsWith('/')) {
        throw awsError('ValidationException', 'The parameter path must begin with a forward slash (/).');
      }
      const path = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
      const found = [...parameters.values()]
        .filter(({ name }) => name.startsWith(path))
        .filter(({ name }) => input.Recursive || !name.slice(path.length).includes('/'))
        .sort((left, right) => left.name.localeCompare(right.name));
      const page = pageOf(found, {
        token: input.NextToken,
        size: input.MaxResults ?? 10,
        invalidToken: 'InvalidNextToken',
      });
      return {
        Parameters: page.items.flatMap(({ name }) => {
          const known = find(parameters, name);
          return known ? [wireParameter(aws, known, input.WithDecryption ?? false)] : [];
        }),
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
    GetParameterHistory: (input) => {
      const parameter = parameters.get(input.Name);
      if (!parameter) throw notFound();
      return {
        Parameters: parameter.versions.map((version) => ({
          Name: parameter.name,
          Type: version.type,
          Version: version.version,
          LastModifiedDate: version.modified,
          Value: shown(version, input.WithDecryption ?? false),
        })),
      };
    },
  };
}

function describing(aws: Aws, parameters: Parameters): Handlers<'ssm'> {
  return {
    DescribeParameters: (input) => {
      const names = (input.ParameterFilters ?? []).map((filter) => {
        if (filter.Key !== 'Name' && filter.Key !== 'Path') {
          throw awsError(
            'InvalidFilterKey',
            `The embedded AWS filters parameters by Name or Path, not ${filter.Key}`,
          );
        }
        return {
          exact: filter.Key === 'Name' && (filter.Option ?? 'Equals') === 'Equals',
          values: filter.Values ?? [],
        };
      });
      const found = [...parameters.values()].filter(({ name }) =>
        names.every(({ exact, values }) =>
          values.some((value) => (exact ? name === value : name.startsWith(value))),
        ),
      );
      const page = pageOf(found, {
        token: input.NextToken,
        size: input.MaxResults ?? 50,
        invalidToken: 'InvalidNextToken',
      });
      return {
        Parameters: page.items.flatMap(({ name, versions }) => {
          const last = versions.at(-1);
          if (!last) return [];
          return [
            {
              Name: name,
              ARN: arnOf(aws, name),
              Type: last.type,
              Version: last.version,
              LastModifiedDate: last.modified,
              Tier: 'Standard' as const,
              DataType: 'text',
              ...(last.description === undefined ? {} : { Description: last.description }),
            },
          ];
        }),
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
    ListTagsForResource: (input) => ({
      TagList: [...(parameters.get(input.ResourceId)?.tags ?? [])].map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

/** By name, by ARN, and by `name:3` for a version. */
function find(parameters: Parameters, asked: string): { name: string; version: Version } | undefined {
  const named = asked.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter/, '');
  const [, base = named, selector] = /^(.+):(\d+)$/.exec(named) ?? [];
  const parameter = parameters.get(base) ?? parameters.get(base.replace(/^\//, ''));
  if (!parameter) return undefined;
  const version =
    selector === undefined
      ? parameter.versions.at(-1)
      : parameter.versions.find((each) => each.version === Number(selector));
  if (!version) {
    throw awsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${base}. Verify the version and try again.`,
    );
  }
  return { name: parameter.name, version };
}

const wireParameter = (
  aws: Aws,
  { name, version }: { name: string; version: Version },
  decrypt: boolean,
) => ({
  Name: name,
  Type: version.type,
  Value: shown(version, decrypt),
  Version: version.version,
  LastModifiedDate: version.modified,
  ARN: arnOf(aws, name),
  DataType: 'text',
});

/** Without decryption a secure string shows something that is not its value. */
const shown = ({ type, value }: Version, decrypt: boolean) =>
  type === 'SecureString' && !decrypt
    ? `AQICAH${Buffer.from(`sealed:${value.length}`).toString('base64')}`
    : value;

const arnOf = (aws: Aws, name: string) =>
  aws.arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);

function typeOf(type: string | undefined): ParameterType {
  if (type === 'String' || type === 'StringList' || type === 'SecureString') return type;
  throw awsError(
    'ValidationException',
    type === undefined
      ? 'A parameter type is required when you create a parameter.'
      : `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
  );
}

function checkName(name: string): void {
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw awsError(
      'ValidationException',
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (!/^[\w./-]+$/.test(name)) {
    throw awsError(
      'ValidationException',
      'Parameter name: can only contain the following symbols and letters: a-zA-Z0-9_.-/.',
    );
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw awsError('ValidationException', 'Parameter name must be a fully qualified name.');
  }
}

const notFound = () => awsError('ParameterNotFound', '');
