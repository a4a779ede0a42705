import type { Aws } from '../../kernel/aws.ts';
import { awsError } from '../../kernel/error.ts';
import type { Principal } from '../../kernel/service.ts';
import type { Template } from './template.ts';

export interface ParameterValue {
  /** As it was given, or the default. */
  given: string;
  /** What `Ref` is: an SSM parameter's value, a list where the type is one. */
  value: unknown;
  isSecret: boolean;
}

export interface GivenParameter {
  ParameterKey?: string | undefined;
  ParameterValue?: string | undefined;
  UsePreviousValue?: boolean | undefined;
}

/** @throws AwsError ValidationError naming every parameter that is missing or not allowed. */
export async function parameterValues(
  aws: Aws,
  template: Template,
  given: readonly GivenParameter[],
  options: { previous: ReadonlyMap<string, ParameterValue>; as: Principal },
): Promise<Map<string, ParameterValue>> {
  const declared = Object.entries(template.Parameters);
  const byKey = new Map(given.map((parameter) => [parameter.ParameterKey, parameter]));
  const unknown = given
    .map(({ ParameterKey = '' }) => ParameterKey)
    .filter((key) => !template.Parameters[key]);
  if (unknown.length > 0) {
    throw invalid(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const texts = declared.map(([key, { Default }]): [string, string | undefined] => {
    const own = byKey.get(key);
    return [key, own?.UsePreviousValue ? options.previous.get(key)?.given : (own?.ParameterValue ?? Default)];
  });
  const missing = texts.filter(([, text]) => text === undefined).map(([key]) => key);
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`);
  const values = new Map<string, ParameterValue>();
  for (const [key, text = ''] of texts) {
    const declaration = template.Parameters[key];
    if (!declaration) continue;
    if (declaration.AllowedValues && !declaration.AllowedValues.includes(text)) {
      throw invalid(`Parameter '${key}' must be one of AllowedValues`);
    }
    const isSecret = String(declaration.NoEcho) === 'true';
    values.set(key, { given: text, value: await typed(aws, declaration.Type, text, options.as), isSecret });
  }
  return values;
}

async function typed(aws: Aws, type: string, text: string, as: Principal): Promise<unknown> {
  const [, stored] = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type) ?? [];
  if (stored !== undefined) return typed(aws, stored, await storedParameter(aws, text, as), as);
  if (type === 'Number') return Number(text);
  if (type === 'CommaDelimitedList' || type.startsWith('List<')) {
    return text === '' ? [] : text.split(',').map((item) => item.trim());
  }
  return text;
}

async function storedParameter(aws: Aws, Name: string, as: Principal): Promise<string> {
  try {
    const { Parameter } = await aws.invoke('ssm', 'GetParameter', { Name }, as);
    return Parameter?.Value ?? '';
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ParameterNotFound') throw error;
    throw invalid(`Unable to fetch parameters [${Name}] from parameter store for this account.`);
  }
}

const invalid = (message: string) => awsError('ValidationError', message);
