import { fileURLToPath } from 'node:url';
import type { App } from 'aws-cdk-lib';
import { loadManifest, type Manifest } from '../../manifest/index.ts';
import type { Statement } from '../checks/policy.ts';
import { type ConfigurationInput, loadConfiguration, written } from '../config/load.ts';
import { createApp, drawInfrastructure } from '../draw.ts';

export const manifest = loadManifest(fileURLToPath(new URL('../../pika.yml', import.meta.url)));

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

/** Draws the whole infrastructure. Validation costs seconds, so only the tests about it ask for it. */
export function drawApp(
  input: ConfigurationInput = written,
  of: Manifest = manifest,
  { validate = false } = {},
): App {
  const app = createApp(validate);
  drawInfrastructure(app, of, loadConfiguration(of, input));
  return app;
}

/** Templates by the names of their stacks. */
export function templatesOf(app: App): Map<string, Template> {
  return new Map(app.synth().stacks.map((stack) => [stack.stackName, stack.template as Template]));
}

/** Every resource of a type, over all given templates, with intrinsics resolved. */
export function resourcesOf(templates: ReadonlyMap<string, Template>, type: string) {
  return [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({
        stack,
        logicalId,
        resource,
        properties: resolve(resource.Properties ?? {}, stack, templates) as Record<string, unknown>,
      })),
  );
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Intrinsics as far as a policy needs them; what only AWS knows becomes `STACK.ID.Attribute`. */
function resolve(value: unknown, stack: string, templates: ReadonlyMap<string, Template>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, stack, templates));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first && entries.length === 1) {
    const [name, argument] = first;
    const resolved = intrinsic(name, argument, stack, templates);
    if (resolved !== undefined) return resolved;
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, stack, templates)]));
}

function intrinsic(
  name: string,
  argument: unknown,
  stack: string,
  templates: ReadonlyMap<string, Template>,
): unknown {
  const inner = (item: unknown) => resolve(item, stack, templates);
  if (name === 'Ref') return PSEUDO[String(argument)] ?? refOf(String(argument), stack, templates);
  if (name === 'Fn::GetAtt') return attributeOf((argument as string[]).join('.'), stack, templates);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(inner).join(separator);
  }
  if (name === 'Fn::ImportValue') return importedValue(String(argument), templates);
  return undefined;
}

function refOf(logicalId: string, stack: string, templates: ReadonlyMap<string, Template>): string {
  const properties = templates.get(stack)?.Resources[logicalId]?.Properties ?? {};
  const named = properties.BucketName ?? properties.RoleName ?? properties.ReplicationGroupId;
  return named === undefined ? `${stack}.${logicalId}` : String(resolve(named, stack, templates));
}

function attributeOf(path: string, stack: string, templates: ReadonlyMap<string, Template>): string {
  const [logicalId = '', attribute] = path.split('.');
  const resource = templates.get(stack)?.Resources[logicalId];
  if (attribute === 'Arn' && resource?.Type === 'AWS::S3::Bucket')
    return `arn:aws:s3:::${refOf(logicalId, stack, templates)}`;
  return `${stack}.${path}`;
}

function importedValue(name: string, templates: ReadonlyMap<string, Template>): unknown {
  for (const [stack, { Outputs = {} }] of templates) {
    for (const { Value, Export } of Object.values(Outputs)) {
      if (Export?.Name === name) return resolve(Value, stack, templates);
    }
  }
  return name;
}

/** All statements of a role, by its name, over inline policies, policy resources and managed policies named. */
export function statementsOf(templates: ReadonlyMap<string, Template>, roleName: string): Statement[] {
  const role = resourcesOf(templates, 'AWS::IAM::Role').find(
    ({ properties }) => properties.RoleName === roleName,
  );
  if (!role) throw new RangeError(`no stack has a role ${roleName}`);
  // CDK moves what does not fit into a role into a managed policy.
  const all = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => resourcesOf(templates, type));
  const policies = all.filter(
    ({ stack, resource }) =>
      stack === role.stack &&
      (resource.Properties.Roles as { Ref?: string }[] | undefined)?.some(
        ({ Ref }) => Ref === role.logicalId,
      ),
  );
  // The edge gives the deploy role, which is older, its way to green.
  const added = resourcesOf(templates, 'AWS::IAM::RolePolicy').filter(
    ({ properties }) => properties.RoleName === roleName,
  );
  return [...policies, ...added].flatMap(
    ({ properties }) => (properties.PolicyDocument as { Statement: Statement[] }).Statement,
  );
}
