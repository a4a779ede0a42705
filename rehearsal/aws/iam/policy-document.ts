import { z } from 'zod';
import { awsError } from '../kernel/error.ts';

const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z
    .union([item, z.array(item)])
    .transform((value): z.output<Item>[] => (Array.isArray(value) ? value : [value]));
const texts = oneOrMore(z.string());
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** `"*"` is everybody; otherwise who, by kind: `{ Service: [...] }`. */
const principals = z.union([
  z.literal('*').transform((): Record<string, string[]> => ({ AWS: ['*'] })),
  z.record(z.enum(['AWS', 'Service', 'Federated', 'CanonicalUser']), texts.optional()),
]);

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principals.optional(),
    NotPrincipal: principals.optional(),
    Action: texts.optional(),
    NotAction: texts.optional(),
    Resource: texts.optional(),
    NotResource: texts.optional(),
    Condition: z.record(z.string(), z.record(z.string(), oneOrMore(scalar))).optional(),
  })
  .refine(
    (it) => (it.Action === undefined) !== (it.NotAction === undefined),
    'Action or NotAction, one of them',
  );

const document = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: oneOrMore(statement),
});

/** A policy as it is judged: every "one or many" is a list. */
export type PolicyDocument = z.output<typeof document>;
export type Statement = PolicyDocument['Statement'][number];

/** `identity`: attached to a role, says resources; `trust`: says who may assume the role. */
export type PolicyKind = 'identity' | 'trust';

/** @throws AwsError MalformedPolicyDocument, as IAM answers to what is no policy. */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const parsed = document.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(`Syntax errors in policy. (${issue?.path.join('.')}: ${issue?.message})`);
  }
  for (const it of parsed.data.Statement) {
    const hasResource = it.Resource !== undefined || it.NotResource !== undefined;
    const hasPrincipal = it.Principal !== undefined || it.NotPrincipal !== undefined;
    if (kind === 'identity' && !hasResource) throw malformed('Policy statement must contain resources.');
    if (kind === 'identity' && hasPrincipal)
      throw malformed('Policy document should not specify a principal.');
    if (kind === 'trust' && hasResource) throw malformed('Has prohibited field Resource');
    if (kind === 'trust' && !hasPrincipal) throw malformed('Missing required field Principal');
    mustNameActions(it, kind);
  }
  return parsed.data;
}

function mustNameActions(statement: Statement, kind: PolicyKind): void {
  for (const action of statement.Action ?? statement.NotAction ?? []) {
    if (action !== '*' && !/^[\w-]+:[\w*?]+$/.test(action)) {
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    }
    if (kind === 'trust' && !action.startsWith('sts:')) {
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('This policy contains invalid Json');
  }
}

const malformed = (message: string) => awsError('MalformedPolicyDocument', message);
