import { isIP } from 'node:net';
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Condition } from '../dataplane/load-balancer/condition.ts';
import { awsError } from '../kernel/error.ts';

const MOST_VALUES = 5;
const MOST_WILDCARDS = 5;
/** A rule has one of each of these at most; of the other kinds as many as it likes. */
const singular = ['path-pattern', 'host-header', 'http-request-method', 'source-ip'];

/** The conditions of a rule, checked, in the form that Describe shows: values in the field's own config. */
export function normalizeConditions(conditions: readonly RuleCondition[]): RuleCondition[] {
  if (conditions.length === 0) throw awsError('ValidationError', 'A condition must be specified');
  const normalized = conditions.map(normalizeCondition);
  for (const field of singular) {
    if (normalized.filter(({ Field }) => Field === field).length > 1) {
      throw awsError('ValidationError', `A rule can only have one '${field}' condition`);
    }
  }
  const values = normalized.flatMap((condition) => valueTexts(toCondition(condition)));
  if (values.length > MOST_VALUES) {
    throw awsError(
      'ValidationError',
      `A rule can only have '${MOST_VALUES}' condition values, '${values.length}' were specified`,
    );
  }
  const wildcards = values.join('').match(/[*?]/g)?.length ?? 0;
  if (wildcards > MOST_WILDCARDS) {
    throw awsError('ValidationError', `A rule can only have '${MOST_WILDCARDS}' condition wildcards`);
  }
  return normalized;
}

/** What the listener tests. */
export function toCondition(condition: RuleCondition): Condition {
  const { Field, Values = [] } = condition;
  switch (Field) {
    case 'path-pattern':
      return { field: Field, values: condition.PathPatternConfig?.Values ?? Values };
    case 'host-header':
      return { field: Field, values: condition.HostHeaderConfig?.Values ?? Values };
    case 'http-request-method':
      return { field: Field, values: condition.HttpRequestMethodConfig?.Values ?? [] };
    case 'source-ip':
      return { field: Field, values: condition.SourceIpConfig?.Values ?? [] };
    case 'http-header': {
      const { HttpHeaderName: name = '', Values: values = [] } = condition.HttpHeaderConfig ?? {};
      return { field: Field, name, values };
    }
    case 'query-string': {
      const pairs = condition.QueryStringConfig?.Values ?? [];
      return {
        field: Field,
        values: pairs.map(({ Key, Value = '' }) => ({
          ...(Key === undefined ? {} : { key: Key }),
          value: Value,
        })),
      };
    }
    default:
      throw awsError(
        'ValidationError',
        `Condition field '${Field ?? ''}' must be one of ${fields.join(', ')}`,
      );
  }
}

const fields = [
  'path-pattern',
  'host-header',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
];

function normalizeCondition(condition: RuleCondition): RuleCondition {
  const tested = toCondition(condition);
  if (tested.values.length === 0) {
    throw awsError('ValidationError', `A condition value must be specified for the field '${tested.field}'`);
  }
  const values = valueTexts(tested);
  for (const value of values) validateValue(tested.field, value);
  switch (tested.field) {
    // The two oldest fields are also shown in the older way.
    case 'path-pattern':
      return { Field: tested.field, Values: values, PathPatternConfig: { Values: values } };
    case 'host-header':
      return { Field: tested.field, Values: values, HostHeaderConfig: { Values: values } };
    case 'http-request-method':
      return { Field: tested.field, HttpRequestMethodConfig: { Values: values } };
    case 'source-ip':
      return { Field: tested.field, SourceIpConfig: { Values: values } };
    case 'http-header':
      return {
        Field: tested.field,
        HttpHeaderConfig: { HttpHeaderName: headerName(tested.name), Values: values },
      };
    case 'query-string':
      return {
        Field: tested.field,
        QueryStringConfig: { Values: condition.QueryStringConfig?.Values ?? [] },
      };
  }
}

function valueTexts(condition: Condition): string[] {
  if (condition.field !== 'query-string') return [...condition.values];
  return condition.values.map(({ key = '', value }) => key + value);
}

const allowedValues: Readonly<Record<string, RegExp>> = {
  'path-pattern': /^[A-Za-z0-9_\-.$/~"'@:+&*?=%!();,[\]]{1,128}$/,
  'host-header': /^[A-Za-z0-9\-.*?:]{1,128}$/,
  'http-request-method': /^[A-Z_-]{1,40}$/,
  'http-header': /^[\x20-\x7e]{1,128}$/,
  'query-string': /^[\x20-\x7e]{1,256}$/,
};

function validateValue(field: string, value: string): void {
  const fits = field === 'source-ip' ? isCidr(value) : allowedValues[field]?.test(value);
  if (fits) return;
  throw awsError(
    'ValidationError',
    field === 'source-ip'
      ? `The source IP '${value}' must be specified in CIDR format`
      : `The condition value '${value}' contains a character that is not valid, or has the wrong length, for the field '${field}'`,
  );
}

function isCidr(value: string): boolean {
  const [address = '', prefix = '', ...rest] = value.split('/');
  const version = isIP(address);
  return (
    version !== 0 && rest.length === 0 && /^\d+$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
  );
}

function headerName(name: string): string {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/.test(name)) {
    throw awsError('ValidationError', `The header name '${name}' of an http-header condition is not valid`);
  }
  return name;
}
