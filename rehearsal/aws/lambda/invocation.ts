import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** AWS's Node runtimes bring the SDK along; so do these, for code that uses `require`. */
const runtimeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const runner = fileURLToPath(new URL('./runner.ts', import.meta.url));

export interface InvocationRequest {
  taskRoot: string;
  handler: string;
  functionName: string;
  environment: Readonly<Record<string, string>>;
  event: string;
  /** Real milliseconds after which the process is killed. */
  timeoutMilliseconds: number;
  signal: AbortSignal;
}

export interface InvocationAnswer {
  payload: string;
  /** Set when the function failed, as in the header X-Amz-Function-Error. */
  functionError?: 'Unhandled';
  log: string;
}

/** Runs one invocation of a function in a process of its own. It inherits nothing but what AWS gives it. */
export async function invokeFunction(request: InvocationRequest): Promise<InvocationAnswer> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', runner], {
    cwd: request.taskRoot,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    timeout: request.timeoutMilliseconds,
    killSignal: 'SIGKILL',
    signal: request.signal,
    env: {
      ...request.environment,
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      NODE_PATH: runtimeModules,
      LAMBDA_TASK_ROOT: request.taskRoot,
      _HANDLER: request.handler,
      AWS_LAMBDA_FUNCTION_NAME: request.functionName,
    },
  });
  child.stdin?.on('error', () => undefined).end(request.event);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const [answer, stdout, stderr] = await Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    exited,
  ]).catch(() => ['', '', '']);
  return { ...answerOf(answer ?? '', request), log: `${stdout}${stderr}` };
}

function answerOf(answer: string, request: InvocationRequest): Omit<InvocationAnswer, 'log'> {
  if (answer === '') {
    return {
      functionError: 'Unhandled',
      payload: JSON.stringify({
        errorType: 'Sandbox.Timedout',
        errorMessage: `${request.functionName} ended without an answer: it was killed after its timeout, or its process exited`,
      }),
    };
  }
  const outcome: { result?: unknown; error?: unknown } = JSON.parse(answer);
  return outcome.error === undefined
    ? { payload: JSON.stringify(outcome.result) }
    : { functionError: 'Unhandled', payload: JSON.stringify(outcome.error) };
}
