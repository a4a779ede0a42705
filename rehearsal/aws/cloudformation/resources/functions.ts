import { randomUUID } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { z } from 'zod';
import { awsError } from '../../kernel/error.ts';
import {
  type Asked,
  asInput,
  type Created,
  optional,
  type Properties,
  type Provider,
  type Providers,
  record,
  text,
  without,
} from './provider.ts';

/** Code written into a template is a file `index`, of JavaScript here. */
function codeOf(properties: Properties): Properties {
  const code = record(properties.Code);
  if (code.ZipFile === undefined) return code;
  return { ZipFile: zipSync({ 'index.js': strToU8(text(code.ZipFile)) }) };
}

/** Tags are a map for Lambda, a list in a template. */
const settingsOf = (properties: Properties): Properties =>
  without(properties, 'Code', 'Tags', 'Architectures', 'ReservedConcurrentExecutions');

const lambdaFunction: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const FunctionName = optional(properties.FunctionName) ?? generatedName;
    const input = { ...settingsOf(properties), Code: codeOf(properties), FunctionName };
    const { FunctionArn } = await aws.invoke('lambda', 'CreateFunction', asInput(input), as);
    return { id: FunctionName, attributes: { Arn: FunctionArn } };
  },
  update: async (created, properties, { aws, as }, before) => {
    const FunctionName = created.id;
    if (JSON.stringify(before.Code) !== JSON.stringify(properties.Code)) {
      const code = { ...codeOf(properties), FunctionName };
      await aws.invoke('lambda', 'UpdateFunctionCode', asInput(code), as);
    }
    const settings = { ...settingsOf(properties), FunctionName };
    await aws.invoke('lambda', 'UpdateFunctionConfiguration', asInput(settings), as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('lambda', 'DeleteFunction', { FunctionName: id }, as);
  },
};

/** What a function puts to the address that it was given. */
const response = z.object({
  Status: z.enum(['SUCCESS', 'FAILED']),
  Reason: z.string().optional(),
  PhysicalResourceId: z.string().optional(),
  Data: z.record(z.string(), z.unknown()).nullish(),
});

/** A resource whose maker is a function: it is called with an event, and puts its answer to a signed address. */
const customResource: Provider = {
  create: (properties, asked) => perform('Create', properties, asked),
  update: (created, properties, asked, before) =>
    perform('Update', properties, asked, {
      PhysicalResourceId: created.id,
      OldResourceProperties: asTexts(before),
    }),
  delete: async (created, properties, asked) => {
    await perform('Delete', properties, asked, { PhysicalResourceId: created.id });
  },
};

/** CloudFormation hands numbers and truths to functions as texts. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asTexts(item)]));
}

async function perform(
  RequestType: 'Create' | 'Update' | 'Delete',
  properties: Properties,
  asked: Asked,
  more: object = {},
): Promise<Created> {
  const { aws, as } = asked;
  const ServiceToken = text(properties.ServiceToken);
  if (!/^arn:aws:lambda:/.test(ServiceToken)) {
    throw awsError(
      'InvalidRequest',
      `Invalid ServiceToken '${ServiceToken}' of the custom resource ${asked.logicalId}: the embedded AWS makes custom resources by functions only, by the ARN of one`,
    );
  }
  const RequestId = randomUUID();
  const mailbox = await openMailbox(asked, RequestId);
  const event = {
    RequestType,
    RequestId,
    ResponseURL: mailbox.url,
    StackId: asked.stackId,
    LogicalResourceId: asked.logicalId,
    ResourceType: asked.type,
    ServiceToken,
    ResourceProperties: asTexts(properties),
    ...more,
  };
  try {
    const Payload = Buffer.from(JSON.stringify(event));
    await aws.invoke('lambda', 'Invoke', { FunctionName: ServiceToken, Payload }, as);
    return answerOf(await mailbox.read(), asked, RequestId);
  } finally {
    await mailbox.close();
  }
}

function answerOf(answer: string | undefined, { logicalId }: Asked, requestId: string): Created {
  if (answer === undefined) {
    throw awsError(
      'InvalidRequest',
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`,
    );
  }
  const parsed = response.safeParse(JSON.parse(answer));
  if (!parsed.success) {
    throw awsError(
      'InvalidRequest',
      `Invalid response from the custom resource ${logicalId}: ${answer.slice(0, 300)}`,
    );
  }
  const { Status, Reason, PhysicalResourceId, Data } = parsed.data;
  if (Status === 'FAILED') {
    throw awsError(
      'InvalidRequest',
      `Received response status [FAILED] from custom resource. Message returned: ${Reason ?? ''} (RequestId: ${requestId})`,
    );
  }
  return { id: PhysicalResourceId ?? requestId, attributes: { ...Data } };
}

/** A place for one answer: an object in a bucket of CloudFormation's own, and the signed address that writes it. */
async function openMailbox({ aws, region }: Asked, Key: string) {
  const as = {
    arn: 'cloudformation.amazonaws.com',
    accountId: aws.accountId,
    service: 'cloudformation.amazonaws.com',
  };
  const Bucket = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}-${Key.slice(0, 8)}`;
  const { accessKeyId, sessionToken } = aws.credentials.issue(as, 3600);
  const url = new URL(`https://${Bucket}.s3.amazonaws.com/${Key}`);
  url.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
  url.searchParams.set(
    'X-Amz-Credential',
    `${accessKeyId}/${aws.clock.now().toISOString().slice(0, 10).replaceAll('-', '')}/${region}/s3/aws4_request`,
  );
  url.searchParams.set('X-Amz-Security-Token', sessionToken);
  await aws.invoke('s3', 'CreateBucket', { Bucket }, as);
  return {
    url: url.href,
    read: async () => {
      const { Contents = [] } = await aws.invoke('s3', 'ListObjectsV2', { Bucket }, as);
      if (Contents.length === 0) return undefined;
      const { Body } = await aws.invoke('s3', 'GetObject', { Bucket, Key }, as);
      return Buffer.from((Body ?? new Uint8Array()) as never).toString('utf8');
    },
    close: async () => {
      await aws.invoke('s3', 'DeleteObject', { Bucket, Key }, as);
      await aws.invoke('s3', 'DeleteBucket', { Bucket }, as);
    },
  };
}

export const functionProviders: Providers = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::CloudFormation::CustomResource': customResource,
};

/** `Custom::Anything` is a custom resource, too. */
export const providerOfCustom = (type: string): Provider | undefined =>
  type.startsWith('Custom::') ? customResource : undefined;
