import type { MiddlewareStack, RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import type { Fault } from './fault.ts';

/** What every SDK client of an action is made with: full jitter inside a deadline, short connection timeouts. */
export function clientOptions(deadline: number) {
  return {
    retryStrategy: retryUntil(deadline),
    maxAttempts: 1000,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, socketTimeout: 20_000 },
  };
}

/** The options of `client.send`: the call ends when the job is cancelled. */
export function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/**
 * Resolves when the first request of a client has left, so that what is loaded while its answer is awaited does not
 * hold it up. It never does when the request fails before: race it against the answer.
 */
export function departure<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stack.add(
    (next) => (args) => {
      // The event loop connects in its first turn from here, and writes in its second.
      setImmediate(() => setImmediate(resolve));
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'departure' },
  );
  return promise;
}

const LONGEST_DELAY = 8_000;
const TRANSIENT_ATTEMPTS = 6;

/** Full jitter: any delay up to an exponentially growing bound. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function fullJitter(retry: number, base: number, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(LONGEST_DELAY, base * 2 ** retry));
}

/**
 * Throttled calls are repeated until `deadline` (epoch milliseconds), failures of network or server a few
 * times, everything else not at all.
 */
export function retryUntil(deadline: number, random: () => number = Math.random): RetryStrategyV2 {
  const token = (count: number, delay: number): RetryToken => ({
    getRetryCount: () => count,
    getRetryDelay: () => delay,
  });
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    refreshRetryTokenForRetry: async (last: RetryToken, { errorType, retryAfterHint }: RetryErrorInfo) => {
      const count = last.getRetryCount() + 1;
      const throttled = errorType === 'THROTTLING';
      if (errorType === 'CLIENT_ERROR' || (!throttled && count >= TRANSIENT_ATTEMPTS)) {
        throw new Error('not to be repeated');
      }
      const asked = retryAfterHint ? retryAfterHint.getTime() - Date.now() : 0;
      const delay = Math.max(asked, fullJitter(count, throttled ? 500 : 100, random));
      if (Date.now() + delay >= deadline) throw new Error('the deadline is reached');
      return token(count, delay);
    },
    recordSuccess: () => undefined,
  };
}

/** What AWS refused and to whom, from its sentence "User: … is not authorized to perform: … on resource: …". */
export interface DeniedCall {
  action: string;
  principal?: string;
  resource?: string;
}

const DENIED = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnauthorizedOperation',
  'AccessDeniedFault',
]);
const EXPIRED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

/** @param action the IAM action that was attempted, for when AWS does not name it. */
export function deniedCall(error: unknown, action: string): DeniedCall | undefined {
  if (!(error instanceof Error)) return undefined;
  const sentence =
    /(?:User: (?<principal>\S+) )?is not authorized to perform: (?<action>\S+)(?: on resource: (?<resource>\S+))?/;
  const found = sentence.exec(error.message)?.groups;
  if (!found && !DENIED.has(error.name)) return undefined;
  return {
    action: found?.action?.replace(/[.,]$/, '') ?? action,
    ...(found?.principal && { principal: found.principal }),
    ...(found?.resource && { resource: found.resource.replace(/[.,]$/, '') }),
  };
}

function hasExpired(error: unknown): boolean {
  return error instanceof Error && EXPIRED.has(error.name);
}

/** An error of AWS as a person can act on it. @param action `ecs:DescribeServices` */
export function awsFault(error: unknown, subject: string, action: string): Fault {
  const denied = deniedCall(error, action);
  if (denied) {
    return {
      subject,
      message: `AWS denied ${denied.action}${denied.principal ? ` to ${denied.principal}` : ''}`,
      remedy: `Allow ${denied.action}${denied.resource ? ` on ${denied.resource}` : ''} in the policy of the role that this job assumes`,
    };
  }
  if (hasExpired(error)) {
    return {
      subject,
      message: `the AWS credentials are not valid any more (${action}: ${messageOf(error)})`,
      remedy:
        'Let aws-actions/configure-aws-credentials assume the role for longer (role-duration-seconds), then run the job again: it attaches to what is under way',
    };
  }
  if (error instanceof Error && error.name === 'CredentialsProviderError') {
    return {
      subject,
      message: 'there are no AWS credentials',
      remedy: 'Run aws-actions/configure-aws-credentials before this step',
    };
  }
  const name = error instanceof Error ? error.name : 'Error';
  return { subject, message: `${action} answered ${name}: ${messageOf(error)}` };
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
