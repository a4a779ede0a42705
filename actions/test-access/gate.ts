import { type Fault, formatFault } from '../common/fault.ts';
import { sleep } from '../common/poll.ts';
import { HEADER } from './token.ts';

/** Tokens are known at every edge after seconds; longer than this, something is wrong. */
const PATIENCE = 120_000;
const EVERY = 500;
const TIMEOUT = 10_000;

/** What came of asking for a service through the gate. */
type Answer =
  | { kind: 'admitted' }
  /** Not yet, or not at all: what was answered instead. */
  | { kind: 'waiting'; why: string; remedy: string };

/**
 * Asks for every service until the gate lets the token through to each of them.
 * @throws Error with every service that was not reached.
 */
export async function waitUntilAdmitted(
  endpoints: Readonly<Record<string, string>>,
  secret: string,
  signal: AbortSignal,
  patience = PATIENCE,
): Promise<void> {
  const deadline = Date.now() + patience;
  let waiting = Object.keys(endpoints);
  for (;;) {
    const answers = await Promise.all(
      waiting.map(async (service) => ({
        service,
        answer: await ask(`${endpoints[service]}/health`, secret, signal),
      })),
    );
    const faults = answers.flatMap(({ service, answer }): Fault[] =>
      answer.kind === 'admitted'
        ? []
        : [
            {
              subject: `service ${service}`,
              message: `${endpoints[service]}/health ${answer.why}, for ${patience / 1000} s, with a token that is valid`,
              remedy: answer.remedy,
            },
          ],
    );
    if (faults.length === 0) return;
    if (Date.now() >= deadline) {
      throw new Error(`The way to green does not open\n${faults.map(formatFault).join('\n')}`);
    }
    waiting = answers.flatMap(({ service, answer }) => (answer.kind === 'admitted' ? [] : [service]));
    await sleep(EVERY, signal);
  }
}

/** Whatever the service itself says is for the smoke tests to judge: here only the way to it counts. */
async function ask(url: string, secret: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      headers: { [HEADER]: secret },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    await response.body?.cancel();
    const { status, headers } = response;
    if (status === 403) {
      return {
        kind: 'waiting',
        why: 'was refused with 403',
        remedy: 'Look at the function of the test distribution and at the key value store that it reads',
      };
    }
    if (status >= 500 && headers.get('server') === 'CloudFront') {
      return {
        kind: 'waiting',
        why: `was answered ${status} by CloudFront itself`,
        remedy:
          'CloudFront does not reach the test listener: look at the VPC origin, and whether the load balancer’s security group lets CloudFront in',
      };
    }
    return { kind: 'admitted' };
  } catch (error) {
    signal.throwIfAborted();
    return {
      kind: 'waiting',
      why: `could not be asked (${reasonOf(error)})`,
      remedy: 'Look at the name and the certificate of the test distribution, and at this runner’s network',
    };
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const isCaused = typeof error === 'object' && error !== null && 'cause' in error;
  return String(isCaused ? error.cause : error);
}
