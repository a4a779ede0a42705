import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Resource, SpecDatabase } from '@aws-cdk/service-spec-types';
import { awsError } from '../../kernel/error.ts';
import type { Properties } from './provider.ts';
import { shapeFaults } from './shape.ts';

let loading: Promise<SpecDatabase> | undefined;

/** AWS's resource specification. It is large, and loaded with the first template. */
async function resourceOf(type: string): Promise<Resource | undefined> {
  loading ??= loadAwsServiceSpec();
  const database = await loading;
  return database.lookup('resource', 'cloudFormationType', 'equals', type)[0];
}

const isCustom = (type: string) =>
  type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
const isOwn = (type: string) => type === 'AWS::CDK::Metadata';

/** Of a list of types, those that AWS does not have. */
export async function unknownTypes(types: Iterable<string>): Promise<string[]> {
  const unknown: string[] = [];
  for (const type of new Set(types)) {
    if (!isCustom(type) && !isOwn(type) && !(await resourceOf(type))) unknown.push(type);
  }
  return unknown;
}

/** What is wrong with a resource's properties, resolved or as a template has them. */
export async function propertyFaults(type: string, properties: Properties): Promise<string[]> {
  const resource = isCustom(type) ? undefined : await resourceOf(type);
  if (!resource || !loading) return [];
  return shapeFaults(await loading, resource.properties, properties);
}

/** @throws AwsError InvalidRequest when properties are missing, or there are others than the type has. */
export async function checkProperties(
  type: string,
  logicalId: string,
  properties: Properties,
): Promise<void> {
  const faults = await propertyFaults(type, properties);
  if (faults.length === 0) return;
  throw awsError(
    'InvalidRequest',
    `Properties validation failed for resource ${logicalId} with message:\n${faults.join('\n')}`,
  );
}

/** Whether a change of these properties replaces the resource. */
export async function causesReplacement(type: string, names: readonly string[]): Promise<boolean> {
  const resource = await resourceOf(type);
  return names.some((name) => resource?.properties[name]?.causesReplacement === 'yes');
}

export interface Identity {
  /** Properties or attributes that identify the resource, which `Ref` gives. */
  primary: readonly string[];
  attributes: readonly { name: string; isList: boolean }[];
  arnTemplate: string | undefined;
}

export async function identityOf(type: string): Promise<Identity> {
  const resource = isCustom(type) ? undefined : await resourceOf(type);
  return {
    primary: resource?.cfnRefIdentifier ?? resource?.primaryIdentifier ?? [],
    attributes: Object.entries(resource?.attributes ?? {}).map(([name, { type: kind }]) => ({
      name,
      isList: kind.type === 'array',
    })),
    arnTemplate: resource?.arnTemplate,
  };
}
