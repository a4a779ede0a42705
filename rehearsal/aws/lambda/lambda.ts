import { rm } from 'node:fs/promises';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { unpack } from './code.ts';
import { configurationOf, functionOf, type LambdaFunction, runtimeEnvironment, zipOf } from './function.ts';
import { type InvocationAnswer, invokeFunction } from './invocation.ts';

/**
 * Lambda, as far as CodeDeploy's hooks and custom resources need it: functions with a Node runtime from a zip,
 * each invocation in a process of its own that has its role's credentials and this AWS as its endpoint.
 * A function's timeout is in real seconds, because its code runs in real time.
 */
export function createLambda(aws: Aws): EmbeddedService<'lambda'> {
  const functions: Functions = new Map();
  const stopping = new AbortController();
  return {
    id: 'lambda',
    operations: {
      ...managingHandlers(aws, functions),
      Invoke: async (input) => {
        const target = functionNamed(aws, functions, input.FunctionName);
        const event =
          input.Payload === undefined ? '' : Buffer.from(input.Payload as Uint8Array).toString('utf8');
        if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
        if (input.InvocationType === 'Event') {
          void run(aws, target, event, stopping.signal);
          return { StatusCode: 202 };
        }
        const { payload, functionError, log } = await run(aws, target, event, stopping.signal);
        return {
          StatusCode: 200,
          ExecutedVersion: '$LATEST',
          Payload: Buffer.from(payload) as never,
          ...(functionError ? { FunctionError: functionError } : {}),
          ...(input.LogType === 'Tail'
            ? { LogResult: Buffer.from(log.slice(-4096)).toString('base64') }
            : {}),
        };
      },
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([...functions.values()].map(discard));
    },
  };
}

type Functions = Map<string, LambdaFunction>;

function managingHandlers(aws: Aws, functions: Functions): Handlers<'lambda'> {
  return {
    CreateFunction: async (input, { principal }) => {
      refuseKnown(functions, input.FunctionName);
      const created = await functionOf(aws, input, principal);
      functions.set(created.name, created);
      return created.configuration;
    },
    GetFunction: ({ FunctionName }) => ({
      Configuration: functionNamed(aws, functions, FunctionName).configuration,
    }),
    GetFunctionConfiguration: ({ FunctionName }) => functionNamed(aws, functions, FunctionName).configuration,
    ListFunctions: () => ({ Functions: [...functions.values()].map(({ configuration }) => configuration) }),
    UpdateFunctionCode: async (input, { principal }) => {
      const held = functionNamed(aws, functions, input.FunctionName);
      const zip = await zipOf(aws, input, principal);
      const changed = { ...held, zip, taskRoot: await unpack(zip) };
      await discard(held);
      return keep(aws, functions, changed);
    },
    UpdateFunctionConfiguration: (input) => {
      const held = functionNamed(aws, functions, input.FunctionName);
      return keep(aws, functions, {
        ...held,
        handler: input.Handler ?? held.handler,
        roleArn: input.Role ?? held.roleArn,
        timeoutSeconds: input.Timeout ?? held.timeoutSeconds,
        environment: input.Environment?.Variables ?? held.environment,
      });
    },
    DeleteFunction: async ({ FunctionName }) => {
      const target = functionNamed(aws, functions, FunctionName);
      functions.delete(target.name);
      await discard(target);
      return { StatusCode: 204 };
    },
  };
}

function keep(aws: Aws, functions: Functions, changed: LambdaFunction) {
  const kept = { ...changed, configuration: configurationOf(changed, aws.clock.now()) };
  functions.set(kept.name, kept);
  return kept.configuration;
}

/** @param reference a name, or an ARN with or without a qualifier. */
function functionNamed(aws: Aws, functions: Functions, reference: string): LambdaFunction {
  const name = /^arn:[^:]*:lambda:[^:]*:\d{12}:function:([^:]+)/.exec(reference)?.[1] ?? reference;
  const found = functions.get(name);
  if (found) return found;
  throw awsError(
    'ResourceNotFoundException',
    `Function not found: ${aws.arn('lambda', `function:${name}`)}`,
    {
      statusCode: 404,
      members: { Type: 'User' },
    },
  );
}

function refuseKnown(functions: Functions, name: string): void {
  if (!functions.has(name)) return;
  throw awsError('ResourceConflictException', `Function already exist: ${name}`, {
    statusCode: 409,
    members: { Type: 'User' },
  });
}

async function run(
  aws: Aws,
  target: LambdaFunction,
  event: string,
  signal: AbortSignal,
): Promise<InvocationAnswer> {
  const answer = await invokeFunction({
    taskRoot: target.taskRoot,
    handler: target.handler,
    functionName: target.name,
    environment: { ...target.environment, ...runtimeEnvironment(aws, target) },
    event,
    timeoutMilliseconds: target.timeoutSeconds * 1000,
    signal,
  });
  for (const line of answer.log.split('\n').filter(Boolean)) aws.log(`lambda ${target.name} ${line}`);
  return answer;
}

const discard = ({ taskRoot }: LambdaFunction) => rm(taskRoot, { recursive: true, force: true });
