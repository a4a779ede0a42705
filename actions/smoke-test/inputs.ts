import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Fault, FaultsError } from '../common/fault.ts';
import { booleanInput, integerInput, listInput, readInputs } from '../common/inputs.ts';
import { DURATION, DURATION_SENTENCE, milliseconds } from './suite/duration.ts';

const durationInput = z.string().regex(DURATION, DURATION_SENTENCE).transform(milliseconds);

/** A share from 0 to 1, written in percent. */
const percentInput = z
  .string()
  .regex(/^\d+(\.\d+)?%?$/, 'must be a percentage such as 1% or 99.9%')
  .transform((text) => Number(text.replace('%', '')) / 100)
  .refine((share) => share <= 1, 'must be at most 100%');

const numberInput = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `must be a number from ${min} to ${max}`)
    .transform(Number)
    .refine((number) => number >= min && number <= max, `must be from ${min} to ${max}`);

const urlInput = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** `name=value`, one a line; the value may hold anything but a line break. */
const pairsInput = z.string().transform((text, context) => {
  const pairs: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([A-Za-z_][\w-]*)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      context.addIssue({ code: 'custom', message: `line ${index + 1} must be name=value` });
    } else {
      pairs[name] = value.trim();
    }
  }
  return pairs;
});

/** `Name: value`, one a line. */
const headersInput = z.string().transform((text, context) => {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([\w-]+)\s*:\s*(.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      context.addIssue({ code: 'custom', message: `line ${index + 1} must be Name: value` });
    } else {
      headers[name.toLowerCase()] = value.trim();
    }
  }
  return headers;
});

/** A text for all services, or a JSON object with one a service. */
const perService = z.string().transform((text, context): string | Record<string, string> => {
  if (!text.trim().startsWith('{')) return text.trim();
  try {
    const parsed = z.record(z.string(), z.string()).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below: both are the same mistake.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON object {"service": "…"}' });
  return z.NEVER;
});

const schema = z.object({
  mode: z
    .enum(['check', 'probe-start', 'probe-stop'], 'must be check, probe-start or probe-stop')
    .default('check'),
  on: z.enum(['green', 'production', 'url'], 'must be green, production or url').default('url'),
  url: urlInput.optional(),
  endpoints: perService.optional(),
  entry: z.string().default('api-gateway'),
  baseline: perService.optional(),
  headers: headersInput.default({}),
  suites: listInput.default(['smoke-tests']),
  tags: listInput.default([]),
  'skip-tags': listInput.default([]),
  variables: pairsInput.default({}),
  secrets: pairsInput.default({}),
  version: perService.optional(),
  'version-header': z.string().default('X-Pika-Version'),
  load: booleanInput.default(true),
  users: integerInput({ min: 1, max: 5000 }).default(50),
  'rate-per-user': numberInput(0.01, 100).default(1),
  duration: durationInput.default(60_000),
  warmup: durationInput.default(5_000),
  p95: durationInput.default(200),
  errors: percentInput.default(0.01),
  availability: percentInput.default(0.999),
  slowdown: numberInput(1, 100).default(1.1),
  'slowdown-tolerance': durationInput.default(2),
  alarms: listInput.default([]),
  'load-balancer': z.string().optional(),
  'probe-path': z
    .string()
    .regex(/^\/\S*$/, 'must be a path such as /health')
    .default('/health'),
  'probe-rate': integerInput({ min: 1, max: 500 }).default(20),
  'probe-limit': durationInput.default(3_600_000),
  report: z.string().optional(),
});

type Raw = z.infer<typeof schema>;

/** The inputs, checked each by itself and against one another. */
export type SmokeInputs = Omit<Raw, 'endpoints' | 'baseline' | 'url' | 'report'> & {
  endpoints: Readonly<Record<string, string>>;
  /** The service whose endpoint is where users reach it, because `url` gave it. */
  publicService: string | undefined;
  baseline: Readonly<Record<string, string>> | undefined;
  report: string;
};

export const INPUT_NAMES = Object.keys(schema.shape);

/** @throws FaultsError with every fault of the inputs. */
export function readSmokeInputs(): SmokeInputs {
  const { endpoints, baseline, url, report, ...rest } = readInputs(schema);
  const faults: Fault[] = [];
  const green = endpoints === undefined ? undefined : urlsOf('endpoints', endpoints, rest.entry, faults);
  const blue = baseline === undefined ? undefined : urlsOf('baseline', baseline, rest.entry, faults);
  if (rest.on === 'green' && !green && rest.mode !== 'probe-stop') {
    faults.push({
      subject: 'input endpoints',
      message: 'is required with on: green and was not given',
      remedy: 'Give the output test-endpoints of blue-green-deploy',
    });
  } else if (!green && !url && rest.mode !== 'probe-stop') {
    faults.push({
      subject: 'input url',
      message: 'is required and was not given',
      remedy: 'Give url or endpoints',
    });
  }
  if (rest['rate-per-user'] * rest.users > 5000) {
    faults.push({
      subject: 'input users',
      message: `${rest.users} × ${rest['rate-per-user']}/s is more than 5000 requests a second`,
    });
  }
  if (faults.length > 0) throw new FaultsError(faults);
  return {
    ...rest,
    endpoints: { ...(url ? { [rest.entry]: url } : {}), ...green },
    publicService: url && !green?.[rest.entry] ? rest.entry : undefined,
    baseline: blue,
    report: report ?? join(process.env.RUNNER_TEMP ?? tmpdir(), 'smoke-test'),
  };
}

function urlsOf(
  input: string,
  given: string | Record<string, string>,
  entry: string,
  faults: Fault[],
): Record<string, string> {
  const urls = typeof given === 'string' ? { [entry]: given } : given;
  for (const [service, url] of Object.entries(urls)) {
    if (urlInput.safeParse(url).success) continue;
    faults.push({
      subject: `input ${input}`,
      message: `${JSON.stringify(url)} at ${service}: must be an http or https URL`,
    });
  }
  return urls;
}
