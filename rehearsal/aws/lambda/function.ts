import { createHash, randomUUID } from 'node:crypto';
import type { CreateFunctionCommandInput, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Aws } from '../kernel/aws.ts';
import type { Validated } from '../kernel/service.ts';
import { refuse, unpack } from './code.ts';

export interface LambdaFunction {
  name: string;
  arn: string;
  handler: string;
  roleArn: string;
  runtime: string;
  timeoutSeconds: number;
  environment: Readonly<Record<string, string>>;
  taskRoot: string;
  configuration: FunctionConfiguration;
}

/** @throws InvalidParameterValueException for code or a runtime that cannot be run here. */
export async function functionOf(
  aws: Aws,
  input: Validated<CreateFunctionCommandInput>,
): Promise<LambdaFunction> {
  const zip = input.Code.ZipFile;
  if (!zip) throw refuse('The embedded AWS takes a function’s code as Code.ZipFile only');
  const runtime = input.Runtime ?? '';
  if (!runtime.startsWith('nodejs')) {
    throw refuse(`The embedded AWS runs functions with a nodejs runtime only, not ${runtime || 'none'}`);
  }
  const created = {
    name: input.FunctionName,
    arn: aws.arn('lambda', `function:${input.FunctionName}`),
    handler: input.Handler ?? 'index.handler',
    roleArn: input.Role,
    runtime,
    timeoutSeconds: input.Timeout ?? 3,
    environment: input.Environment?.Variables ?? {},
    taskRoot: await unpack(zip),
  };
  return { ...created, configuration: configurationOf(created, zip, aws.clock.now()) };
}

function configurationOf(
  created: Omit<LambdaFunction, 'configuration'>,
  zip: Uint8Array,
  at: Date,
): FunctionConfiguration {
  return {
    FunctionName: created.name,
    FunctionArn: created.arn,
    Runtime: created.runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Role: created.roleArn,
    Handler: created.handler,
    CodeSize: zip.byteLength,
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    Timeout: created.timeoutSeconds,
    MemorySize: 128,
    LastModified: at.toISOString(),
    Version: '$LATEST',
    RevisionId: randomUUID(),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Environment: { Variables: { ...created.environment } },
  };
}

/** The variables that Lambda's runtime sets: region, credentials of the execution role, and where AWS is. */
export function runtimeEnvironment(aws: Aws, target: LambdaFunction): Record<string, string> {
  const roleName = target.roleArn.split('/').at(-1) ?? target.name;
  const credentials = aws.credentials.issue(
    {
      arn: `arn:aws:sts::${aws.accountId}:assumed-role/${roleName}/${target.name}`,
      accountId: aws.accountId,
      roleArn: target.roleArn,
    },
    12 * 3600 * Math.max(1, aws.clock.scale),
  );
  return {
    AWS_ENDPOINT_URL: aws.endpoint(),
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
