import { z } from 'zod';
import { DURATION, DURATION_SENTENCE } from './duration.ts';
import {
  BODIES,
  hasOneBodyAtMost,
  hasOneSource,
  hasOneSubject,
  hasPredicate,
  PREDICATES,
  provesSomething,
  SOURCES,
  SUBJECTS,
} from './rules.ts';

const name = z.string().min(1).max(200);
const service = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a service: lower-case letters, digits and hyphens');
const duration = z.string().regex(DURATION, DURATION_SENTENCE);
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores, not beginning with a digit');
const STATUS = 'must be a status from 100 to 599';
const status = z.int(STATUS).min(100, STATUS).max(599, STATUS);
const statuses = z.union(
  [status, z.array(status).min(1)],
  'must be a status from 100 to 599, or a list of them',
);
const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be a string, a number or a boolean');
const tags = z.array(z.string().regex(/^[a-z0-9-]+$/, 'must be lower-case letters, digits and hyphens'));

const request = z
  .string()
  .regex(
    /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/|https?:\/\/)\S*$/,
    'must be a method and a path or URL, such as "GET /health"',
  )
  .describe('Method and path (from the service’s endpoint) or an absolute URL: `POST /users`.');

const ONE_BODY = `a request has one body: give only one of ${BODIES.join(', ')}`;

const exchange = {
  on: service.optional().describe('Service whose endpoint is asked. Default: the suite’s service.'),
  headers: z.record(z.string(), scalar).optional(),
  query: z.record(z.string(), scalar).optional().describe('Query parameters; encoded as a URL needs it.'),
  json: z.json().optional().describe('Body, sent as application/json.'),
  form: z.record(z.string(), scalar).optional().describe('Body, sent as application/x-www-form-urlencoded.'),
  body: z.string().optional().describe('Body, sent as it is.'),
  timeout: duration.optional().describe('For the whole exchange. Default: 10s.'),
};

const bound = z.union([z.number(), duration], 'must be a number, or a duration such as 200ms');

export const assertSchema = z
  .strictObject({
    status: statuses.optional().describe('The status, or the statuses allowed.'),
    header: z.string().min(1).optional().describe('A response header, in any case.'),
    jsonpath: z.string().optional().describe('An RFC 9535 query on the JSON body; several nodes are a list.'),
    body: z.enum(['text', 'bytes']).optional().describe('The body as text, or its length.'),
    timing: z
      .enum(['dns', 'connect', 'tls', 'firstByte', 'download', 'total'])
      .optional()
      .describe('How long a phase of the exchange took.'),
    tls: z
      .enum(['version', 'trusted', 'expiresIn', 'issuer', 'subject', 'chain'])
      .optional()
      .describe(
        'The connection’s TLS: version, whether the chain is trusted, time until expiry, length of the chain.',
      ),
    redirect: z
      .enum(['count', 'location', 'url'])
      .optional()
      .describe('Redirects followed, Location, final URL.'),
    exists: z.boolean().optional(),
    equals: z.json().optional(),
    not: z.json().optional().describe('Must not equal.'),
    in: z.array(z.json()).min(1).optional(),
    type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']).optional(),
    contains: z.json().optional().describe('A part of a text, or an item of a list.'),
    startsWith: z.string().optional(),
    matches: z.string().optional().describe('A JavaScript regular expression (with the u flag).'),
    length: z.int().min(0).optional().describe('Of a text or a list.'),
    above: bound.optional(),
    below: bound.optional(),
    atLeast: bound.optional(),
    atMost: bound.optional(),
  })
  .refine(hasOneSubject, { error: `an assert has exactly one subject: ${SUBJECTS.join(', ')}` })
  .refine(hasPredicate, { error: `an assert needs a predicate: ${PREDICATES.join(', ')}` })
  .describe('One subject of the answer and what must hold of it. All predicates given must hold.');

const capture = z
  .strictObject({
    jsonpath: z.string().optional(),
    header: z.string().min(1).optional(),
    body: z.literal('text').optional(),
    matches: z.string().optional().describe('Takes the first group of this regular expression.'),
    secret: z.boolean().default(false).describe('Masked wherever it would be shown.'),
  })
  .refine(hasOneSource, { error: `a capture has exactly one source: ${SOURCES.join(', ')}` });

const asserts = z.array(assertSchema).min(1);

export const stepSchema = z
  .strictObject({
    name: name.optional(),
    request,
    ...exchange,
    redirects: z.int().min(0).max(10).default(0).describe('How many redirects are followed.'),
    until: z
      .strictObject({
        within: duration.describe('Not ready by then is a failure.'),
        every: duration.default('500ms'),
        asserts,
      })
      .optional()
      .describe(
        'Polls the request until these hold. For readiness only; `asserts` are judged once, after it.',
      ),
    asserts: asserts.optional(),
    captures: z.record(variableName, capture).optional().describe('Values that later steps use as {{name}}.'),
  })
  .refine(hasOneBodyAtMost, { error: ONE_BODY })
  .refine(provesSomething, {
    error: 'a step needs asserts (or until): a request that nothing is asked of proves nothing',
  });

const check = z.strictObject({
  name,
  tags: tags.default([]),
  direct: z
    .boolean()
    .default(false)
    .describe('Only at the service’s own endpoint: users cannot reach what it asks.'),
  repeat: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('All repetitions must pass. 20 find one bad task in four with 99.7%.'),
  steps: z.array(stepSchema).min(1),
});

const through = z
  .strictObject({
    service: service.describe('The service behind which users reach this one.'),
    prefix: z
      .string()
      .regex(/^(\/[\w.~-]+)+$/, 'must be a path such as /api/v1, without a slash at its end')
      .describe('Comes before the path of each request.'),
    setup: z
      .array(stepSchema)
      .default([])
      .describe(
        'Steps run once before the checks, on that service; their captures take the place of variables.',
      ),
  })
  .describe('How users reach the service: its checks go this way where it has no endpoint of its own.');

const loadRequest = z
  .strictObject({
    name: name.optional(),
    request,
    ...exchange,
    weight: z.int().min(1).max(1000).default(1).describe('Share of the arrivals.'),
    status: statuses.default(200).describe('Any other answer is an error.'),
  })
  .refine(hasOneBodyAtMost, { error: ONE_BODY });

const load = z
  .strictObject({
    setup: z
      .array(stepSchema)
      .default([])
      .describe('Steps run once before; their captures are used by the requests.'),
    requests: z.array(loadRequest).min(1),
  })
  .describe('Requests under load. Rate, duration and limits come from the action’s inputs.');

const variable = z.union(
  [
    z.string(),
    z.strictObject({
      default: z.string().optional(),
      secret: z.boolean().default(false),
      description: z.string().optional(),
    }),
  ],
  'must be a text, or {default, secret, description}',
);

export const suiteSchema = z.strictObject({
  version: z.literal(1),
  suite: name,
  description: z.string().optional(),
  service: service.describe('Service whose endpoint is asked unless a step says otherwise.'),
  through: through.optional(),
  tags: tags.default([]),
  variables: z
    .record(variableName, variable)
    .default({})
    .describe(
      'Values for {{name}}; the action’s inputs `variables` and `secrets` override the defaults, which may use {{runId}} and {{checkId}}.',
    ),
  checks: z.array(check).default([]),
  load: load.optional(),
});

export type Suite = z.output<typeof suiteSchema>;
export type Check = Suite['checks'][number];
export type Step = z.output<typeof stepSchema>;
export type Assert = z.output<typeof assertSchema>;
export type Capture = z.output<typeof capture>;
/** What a step and a request under load have in common. */
export type RequestTemplate = Pick<
  Step,
  'request' | 'on' | 'headers' | 'query' | 'json' | 'form' | 'body' | 'timeout'
>;
