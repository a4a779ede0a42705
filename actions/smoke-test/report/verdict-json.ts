import { z } from 'zod';

/*
 * The contract with later steps: what `verdict.json` holds. Published as smoke-tests/verdict.schema.json.
 */
const verdict = z.enum(['PASS', 'FAIL', 'INCONCLUSIVE']);
const time = z.iso.datetime().describe('UTC');
const share = z.number().nullable().describe('null where there was nothing to count.');

const failure = z.object({
  step: z.string(),
  message: z.string(),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  curl: z.string().describe('The request again, as a line for a shell; secrets are masked.'),
  requestId: z.string().optional(),
});

const check = z.object({
  suite: z.string(),
  check: z.string(),
  file: z.string(),
  line: z.int(),
  tags: z.array(z.string()),
  verdict: z.enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'SKIPPED']),
  class: z
    .enum(['broken', 'partial', 'infra'])
    .optional()
    .describe('broken: none passed; partial: some; infra: the tests’ own side failed.'),
  passed: z.int(),
  failed: z.int(),
  repeat: z.int(),
  milliseconds: z.int(),
  failure: failure.optional(),
  reason: z.string().optional(),
});

const quantiles = z.object({
  requests: z.int(),
  failed: z.int(),
  p50: share,
  p95: share,
  p99: share,
  max: share,
});

const objective = z.object({
  name: z.enum(['errors', 'latency', 'availability', 'slowdown']),
  scope: z.string().describe('all, or the one service of which a failure is proven.'),
  verdict,
  value: share.describe(
    'Share of requests that broke the objective; for slowdown green’s median over blue’s.',
  ),
  lower: z.number().describe('One-sided 95% bound.'),
  upper: z.number().nullable().describe('One-sided 95% bound.'),
  limit: z.number(),
  requests: z.int(),
  blue: share.optional(),
  reason: z.string().optional(),
});

const load = z.object({
  rate: z.number().describe('Arrivals a second.'),
  durationMs: z.number(),
  extended: z.boolean(),
  objectives: z.array(objective),
  green: quantiles,
  blue: quantiles.optional(),
  services: z.record(z.string(), quantiles),
  lag: z.object({ p50: share, p99: share, max: share }).describe('How late the generator sent, in ms.'),
});

const probe = z.object({
  requests: z.int(),
  lost: z.int(),
  lostAtMost: z.number().describe('Upper 95% bound of the share lost.'),
  failures: z
    .record(z.string(), z.int())
    .describe('By class: refused, reset, timeout, dns, tls, 502, 503, 504 …'),
  connections: z.object({
    fresh: z.object({ requests: z.int(), lost: z.int() }),
    kept: z.object({ requests: z.int(), lost: z.int() }),
  }),
  versions: z.array(
    z.object({ service: z.string(), version: z.string(), from: time, to: time, requests: z.int() }),
  ),
  timeline: z.array(z.object({ at: time, requests: z.int(), lost: z.int() })),
  complete: z.boolean().describe('False when the probe ended before it was stopped.'),
});

const aws = z.object({
  alarms: z.array(z.object({ name: z.string(), state: z.string(), reason: z.string() })),
  loadBalancer5xx: z.int().nullable(),
  target5xx: z.int().nullable(),
});

export const verdictSchema = z.object({
  version: z.literal(1),
  verdict,
  sentence: z.string(),
  mode: z.enum(['check', 'probe']),
  on: z.enum(['green', 'production', 'url']),
  startedAt: time,
  finishedAt: time,
  checks: z.array(check),
  load: load.optional(),
  probe: probe.optional(),
  aws: aws.optional(),
  notes: z.array(z.string()),
});

/** A finished run, whole; every report is written from it. */
export type Report = z.infer<typeof verdictSchema>;
export type ProbeReport = z.infer<typeof probe>;
export type AwsReport = z.infer<typeof aws>;
