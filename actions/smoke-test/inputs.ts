import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, FaultsError } from '../common/fault.ts';
import {
  booleanInput,
  choiceInput,
  type InputsOf,
  input,
  integerInput,
  listInput,
  patternInput,
  readInputs,
  textInput,
} from '../common/inputs.ts';
import { DURATION, DURATION_SENTENCE, milliseconds } from './suite/duration.ts';

const durationInput = input((text, refuse) =>
  DURATION.test(text) ? milliseconds(text) : refuse(DURATION_SENTENCE),
);

/** A share from 0 to 1, written in percent, but not `unprovable`: no number of requests proves that none ever fails. */
const percentInput = (unprovable: number, sentence: string) =>
  input((text, refuse) => {
    if (!/^\d+(\.\d+)?%?$/.test(text)) return refuse('must be a percentage such as 1% or 99.9%');
    const share = Number(text.replace('%', '')) / 100;
    if (share > 1) return refuse('must be at most 100%');
    return share === unprovable ? refuse(sentence) : share;
  });

const numberInput = (min: number, max: number) =>
  input((text, refuse) => {
    if (!/^\d+(\.\d+)?$/.test(text)) return refuse(`must be a number from ${min} to ${max}`);
    const number = Number(text);
    return number >= min && number <= max ? number : refuse(`must be from ${min} to ${max}`);
  });

const isUrl = (text: string) => /^https?:\/\//i.test(text) && URL.canParse(text);
const URL_SENTENCE = 'must be an http or https URL';

/** A URL without the line breaks and tabs that a parser of URLs would leave out. */
const urlInput = input((text, refuse) =>
  isUrl(text) ? text.replace(/[\t\n\r]/g, '') : refuse(URL_SENTENCE),
);

/** `name=value`, one a line; the value may hold anything but a line break. */
const pairsInput = input((text, refuse) => {
  const pairs: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([A-Za-z_][\w-]*)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) refuse(`line ${index + 1} must be name=value`);
    else pairs[name] = value.trim();
  }
  return pairs;
});

/** `Name: value`, one a line. */
const headersInput = input((text, refuse) => {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([\w-]+)\s*:\s*(.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) refuse(`line ${index + 1} must be Name: value`);
    else headers[name.toLowerCase()] = value.trim();
  }
  return headers;
});

/** A text for all services, or a JSON object with one a service. */
const perService = input<string | Record<string, string>>((text, refuse) => {
  if (!text.trim().startsWith('{')) return text.trim();
  try {
    const parsed: unknown = JSON.parse(text);
    if (isTexts(parsed)) return parsed;
  } catch {
    // Said below: both are the same mistake.
  }
  return refuse('must be a JSON object {"service": "…"}');
});

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

const table = {
  mode: choiceInput(
    ['check', 'probe-start', 'probe-stop'],
    'must be check, probe-start or probe-stop',
  ).default('check'),
  on: choiceInput(['green', 'production', 'url'], 'must be green, production or url').default('url'),
  url: urlInput.optional(),
  endpoints: perService.optional(),
  entry: textInput.default('api-gateway'),
  baseline: perService.optional(),
  headers: headersInput.default({}),
  suites: listInput.default(['smoke-tests']),
  tags: listInput.default([]),
  'skip-tags': listInput.default([]),
  variables: pairsInput.default({}),
  secrets: pairsInput.default({}),
  version: perService.optional(),
  'version-header': textInput.default('X-Pika-Version'),
  load: booleanInput.default(true),
  users: integerInput({ min: 1, max: 5000 }).default(50),
  'rate-per-user': numberInput(0.01, 100).default(1),
  duration: durationInput.default(60_000),
  warmup: durationInput.default(5_000),
  p95: durationInput.default(200),
  errors: percentInput(0, 'must be above 0%: no number of requests proves that none ever fails').default(
    0.01,
  ),
  availability: percentInput(
    1,
    'must be below 100%: no number of requests proves that none is ever lost',
  ).default(0.999),
  slowdown: numberInput(1, 100).default(1.1),
  'slowdown-tolerance': durationInput.default(2),
  alarms: listInput.default([]),
  'load-balancer': textInput.optional(),
  'probe-path': patternInput(/^\/\S*$/, 'must be a path such as /health').default('/health'),
  'probe-rate': integerInput({ min: 1, max: 500 }).default(20),
  'probe-limit': durationInput.default(3_600_000),
  report: textInput.optional(),
};

type Raw = InputsOf<typeof table>;

/** The inputs, checked each by itself and against one another. */
export type SmokeInputs = Omit<Raw, 'endpoints' | 'baseline' | 'url' | 'report'> & {
  endpoints: Readonly<Record<string, string>>;
  /** The service whose endpoint is where users reach it, because `url` gave it. */
  publicService: string | undefined;
  baseline: Readonly<Record<string, string>> | undefined;
  report: string;
};

export const INPUT_NAMES = Object.keys(table);

/** @throws FaultsError with every fault of the inputs. */
export async function readSmokeInputs(): Promise<SmokeInputs> {
  const { endpoints, baseline, url, report, ...rest } = await readInputs(table);
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
    report: report ?? defaultReport(rest),
  };
}

/** A folder for each run, so that the steps of a job keep each other's reports; a terminal's run replaces the one before. */
function defaultReport({ mode, on }: Pick<Raw, 'mode' | 'on'>): string {
  const { RUNNER_TEMP: job } = process.env;
  const folder = join(job ?? tmpdir(), 'smoke-test', mode === 'check' ? on : 'probe');
  let free = folder;
  for (let nth = 2; job && existsSync(free); nth++) free = `${folder}-${nth}`;
  return free;
}

function urlsOf(
  input: string,
  given: string | Record<string, string>,
  entry: string,
  faults: Fault[],
): Record<string, string> {
  const urls = typeof given === 'string' ? { [entry]: given } : given;
  for (const [service, url] of Object.entries(urls)) {
    if (isUrl(url.trim())) continue;
    faults.push({
      subject: `input ${input}`,
      message: `${JSON.stringify(url)} at ${service}: ${URL_SENTENCE}`,
    });
  }
  return urls;
}
