import { createHash, randomUUID } from 'node:crypto';
import type { CreateFunctionCommandInput, FunctionCode, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Aws } from '../kernel/aws.ts';
import type { Principal, Validated } from '../kernel/service.ts';
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
  zip: Uint8Array;
  configuration: FunctionConfiguration;
}

/** Where a function's code is: in the request, or an object in S3, which the caller must be allowed to read. */
export async function zipOf(
  aws: Aws,
  { ZipFile, S3Bucket, S3Key }: Pick<FunctionCode, 'ZipFile' | 'S3Bucket' | 'S3Key'>,
  as: Principal,
): Promise<Uint8Array> {
  if (ZipFile) return ZipFile;
  if (S3Bucket === undefined || S3Key === undefined) {
    throw refuse(
      'The embedded AWS takes a function’s code as a zip, in the request or in S3, not as an image',
    );
  }
  const asked = { Bucket: S3Bucket, Key: S3Key };
  const { Body } = await aws.invoke('s3', 'GetObject', asked, as).catch((error: unknown) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw refuse(`Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message}`);
  });
  return Body instanceof Uint8Array ? Body : new Uint8Array();
}

/** @throws InvalidParameterValueException for code or a runtime that cannot be run here. */
export async function functionOf(
  aws: Aws,
  input: Validated<CreateFunctionCommandInput>,
  as: Principal,
): Promise<LambdaFunction> {
  const zip = await zipOf(aws, input.Code, as);
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
    zip,
  };
  return { ...created, configuration: configurationOf(created, aws.clock.now()) };
}

export function configurationOf(
  created: Omit<LambdaFunction, 'configuration'>,
  at: Date,
): FunctionConfiguration {
  return {
    FunctionName: created.name,
    FunctionArn: created.arn,
    Runtime: created.runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Role: created.roleArn,
    Handler: created.handler,
    CodeSize: created.zip.byteLength,
    CodeSha256: createHash('sha256').update(created.zip).digest('base64'),
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
