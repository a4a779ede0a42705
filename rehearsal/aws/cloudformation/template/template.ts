import { parse } from 'yaml';
import { z } from 'zod';
import { awsError } from '../../kernel/error.ts';
import { shortForms } from './yaml.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});

const parameter = z.looseObject({
  Type: z.string(),
  Default: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional(),
  AllowedValues: z.array(z.union([z.string(), z.number()]).transform(String)).optional(),
  NoEcho: z.union([z.boolean(), z.string()]).optional(),
  Description: z.string().optional(),
});

const output = z.looseObject({
  Value: z.unknown(),
  Description: z.string().optional(),
  Condition: z.string().optional(),
  Export: z.object({ Name: z.unknown() }).optional(),
});

const rule = z.looseObject({
  RuleCondition: z.unknown().optional(),
  Assertions: z.array(z.object({ Assert: z.unknown(), AssertDescription: z.string().optional() })),
});

const template = z.strictObject({
  AWSTemplateFormatVersion: z.unknown().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z.record(z.string(), parameter).default({}),
  Rules: z.record(z.string(), rule).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Transform: z.undefined().optional(),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), output).default({}),
});

export type Template = z.output<typeof template>;
export type TemplateResource = z.output<typeof resource>;

/** @throws AwsError ValidationError, in CloudFormation's words */
export function parseTemplate(body: string): Template {
  const parsed = template.safeParse(documentOf(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw awsError('ValidationError', `Template format error: ${issue?.path.join('/')}: ${issue?.message}`);
}

function documentOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // YAML, in which every JSON document could be written too.
  }
  try {
    return parse(body, { customTags: shortForms });
  } catch {
    throw awsError('ValidationError', 'Template format error: unsupported structure.');
  }
}
