/*
 * The runtime of a function's process: imports the handler named by _HANDLER from LAMBDA_TASK_ROOT, gives
 * it the event from standard input, and writes what it answers to file descriptor 3.
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { routeS3 } from './hosts.ts';

const answerDescriptor = 3;

type Callback = (error: unknown, result?: unknown) => void;
type FunctionHandler = (event: unknown, context: object, callback: Callback) => unknown;

const root = process.env.LAMBDA_TASK_ROOT ?? '.';
const [moduleName = '', exportName = ''] = (process.env._HANDLER ?? '').split(/\.(?=[^.]+$)/);

function answer(outcome: { result: unknown } | { error: unknown }): void {
  const written =
    'result' in outcome
      ? { result: outcome.result ?? null }
      : {
          error:
            outcome.error instanceof Error
              ? {
                  errorType: outcome.error.name,
                  errorMessage: outcome.error.message,
                  trace: outcome.error.stack?.split('\n'),
                }
              : { errorType: 'Error', errorMessage: String(outcome.error), trace: [] },
        };
  writeSync(answerDescriptor, JSON.stringify(written));
}

async function loadHandler(): Promise<FunctionHandler> {
  const file = ['.js', '.mjs', '.cjs']
    .map((extension) => join(root, `${moduleName}${extension}`))
    .find((path) => existsSync(path));
  if (!file) throw new Error(`Cannot find module '${moduleName}' in the function's code`);
  const module: { default?: Record<string, unknown> } & Record<string, unknown> = await import(
    pathToFileURL(file).href
  );
  const handler = module[exportName] ?? module.default?.[exportName];
  if (typeof handler !== 'function') throw new Error(`${process.env._HANDLER} is undefined or not exported`);
  return handler as FunctionHandler;
}

async function run(): Promise<unknown> {
  const event: unknown = JSON.parse((await text(process.stdin)) || 'null');
  const handler = await loadHandler();
  const context = { functionName: process.env.AWS_LAMBDA_FUNCTION_NAME };
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(event, context, callback);
    if (handler.length < 3 || returned instanceof Promise) Promise.resolve(returned).then(resolve, reject);
  });
}

if (process.env.AWS_ENDPOINT_URL) routeS3(process.env.AWS_ENDPOINT_URL);
run()
  .then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error }),
  )
  .finally(() => process.exit(0));
