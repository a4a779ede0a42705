import type { Secret } from '@aws-sdk/client-ecs';
import type { Aws } from '../../kernel/aws.ts';
import type { Principal } from '../../kernel/service.ts';

const failed =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';

/**
 * The values of a container's secrets, read under the execution role's name.
 * @throws Error with the sentence that becomes the task's stopped reason.
 */
export async function resolveSecrets(
  aws: Aws,
  secrets: readonly Secret[],
  role: Principal,
): Promise<Record<string, string>> {
  const values = await Promise.all(
    secrets.map(
      async ({ name = '', valueFrom = '' }) => [name, await resolve(aws, valueFrom, role)] as const,
    ),
  );
  return Object.fromEntries(values);
}

function resolve(aws: Aws, valueFrom: string, role: Principal): Promise<string> {
  return valueFrom.includes(':secretsmanager:')
    ? secretValue(aws, valueFrom, role)
    : parameterValue(aws, valueFrom, role);
}

/** `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:JSON-KEY[:VERSION-STAGE[:VERSION-ID]]]` */
async function secretValue(aws: Aws, valueFrom: string, role: Principal): Promise<string> {
  const parts = valueFrom.split(':');
  const arn = parts.slice(0, 7).join(':');
  const [key, stage, versionId] = parts.slice(7);
  let text: string;
  try {
    const { SecretString } = await aws.invoke(
      'secretsmanager',
      'GetSecretValue',
      {
        SecretId: arn,
        ...(stage ? { VersionStage: stage } : {}),
        ...(versionId ? { VersionId: versionId } : {}),
      },
      role,
    );
    text = SecretString ?? '';
  } catch (error) {
    throw new Error(
      `${failed}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ${described(error)}`,
    );
  }
  return key ? jsonMember(text, key, arn) : text;
}

function jsonMember(text: string, key: string, arn: string): string {
  const document = parsed(text);
  const value = typeof document === 'object' && document !== null ? Object.entries(document) : [];
  const found = value.find(([name]) => name === key);
  if (found) return typeof found[1] === 'string' ? found[1] : JSON.stringify(found[1]);
  throw new Error(
    `${failed}: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key ${key} (${arn})`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By name, or by `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`. */
async function parameterValue(aws: Aws, valueFrom: string, role: Principal): Promise<string> {
  const [, inArn] = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(valueFrom) ?? [];
  const names = inArn === undefined ? [valueFrom] : [inArn, inArn.slice(1)];
  try {
    const { Parameters } = await aws.invoke(
      'ssm',
      'GetParameters',
      { Names: names, WithDecryption: true },
      role,
    );
    const value = Parameters?.[0]?.Value;
    if (value !== undefined) return value;
  } catch (error) {
    throw new Error(
      `${failed}: unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${described(error)}`,
    );
  }
  throw new Error(
    `${failed}: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: ${inArn ?? valueFrom}`,
  );
}

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
