import { isMap, LineCounter, parseDocument } from 'yaml';
import { awsError } from '../../kernel/error.ts';
import { propertyFaults, unknownTypes } from '../resources/specification.ts';
import type { Template } from './template.ts';
import { shortForms } from './yaml.ts';

/** Where this AWS knows types and properties from, and what to do about one that it does not. */
export const REMEDY =
  'Correct the template; what AWS has had since the specification here was made comes with a newer @aws-cdk/aws-service-spec.';

/** What AWS does not have of what a template asks for. */
export interface ResourceFault {
  logicalId: string;
  type: string;
  /** What is wrong with its properties, in CloudFormation's words; missing when there is no such type. */
  properties?: readonly string[];
}

/** Checks types and properties of a template against AWS's resource specification. */
export async function resourceFaults({ Resources }: Template): Promise<ResourceFault[]> {
  const resources = Object.entries(Resources);
  const unknown = new Set(await unknownTypes(resources.map(([, { Type }]) => Type)));
  const faults = resources.map(async ([logicalId, { Type: type, Properties = {} }]) => {
    if (unknown.has(type)) return [{ logicalId, type }];
    const properties = await propertyFaults(type, Properties);
    return properties.length > 0 ? [{ logicalId, type, properties }] : [];
  });
  return (await Promise.all(faults)).flat();
}

/**
 * Judges all resources of a template before anything is made, as AWS does since it validates change sets.
 * @throws AwsError ValidationError with every fault, each with its resource and line
 */
export async function checkResources(template: Template, body: string): Promise<void> {
  const faults = await resourceFaults(template);
  if (faults.length === 0) return;
  const lines = linesOf(body);
  const unknown = faults.filter(({ properties }) => properties === undefined);
  const types = [...new Set(unknown.map(({ type }) => type))].join(', ');
  const where = unknown.map(({ logicalId, type }) => `${type} of ${logicalId}${lines(logicalId)}`);
  const said = [
    ...(unknown.length > 0
      ? [`Template format error: Unrecognized resource types: [${types}] (${where.join('; ')})`]
      : []),
    ...faults.flatMap(({ logicalId, type, properties }) =>
      properties === undefined
        ? []
        : [
            `Properties validation failed for resource ${logicalId} (${type}${lines(logicalId)}) with message:`,
            ...properties,
          ],
    ),
  ];
  throw awsError('ValidationError', `${said.join('\n')}\n${REMEDY}`);
}

/** `, line 12` of a resource; read again, with its positions, only when there is something to say of it. */
function linesOf(body: string): (logicalId: string) => string {
  const counter = new LineCounter();
  const document = parseDocument(body, { lineCounter: counter, customTags: shortForms });
  return (logicalId) => {
    const resources = document.get('Resources');
    const pair = isMap(resources) ? resources.items.find(({ key }) => String(key) === logicalId) : undefined;
    const offset = (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0];
    return offset === undefined ? '' : `, line ${counter.linePos(offset).line}`;
  };
}
