import { isMap, LineCounter, parseDocument } from 'yaml';
import { awsError } from '../../kernel/error.ts';
import { propertyFaults, unknownTypes } from '../resources/specification.ts';
import type { Template } from './template.ts';
import { shortForms } from './yaml.ts';

/** Where this AWS knows types and properties from, and what to do about one that it does not. */
const REMEDY =
  'Correct the template; what AWS has had since the specification here was made comes with a newer @aws-cdk/aws-service-spec.';

/**
 * Checks types and properties of a template against AWS's resource specification, all of them before anything is
 * made, as AWS does since it validates change sets.
 * @throws AwsError ValidationError with every fault, each with its resource and line
 */
export async function checkResources({ Resources }: Template, body: string): Promise<void> {
  const resources = Object.entries(Resources);
  const unknown = await unknownTypes(resources.map(([, { Type }]) => Type));
  if (unknown.length > 0) {
    const lines = linesOf(body);
    const where = resources
      .filter(([, { Type }]) => unknown.includes(Type))
      .map(([logicalId, { Type }]) => `${Type} of ${logicalId}${lines(logicalId)}`);
    const types = `Template format error: Unrecognized resource types: [${unknown.join(', ')}]`;
    throw awsError('ValidationError', `${types} (${where.join('; ')}). ${REMEDY}`);
  }
  const faulty: string[] = [];
  for (const [logicalId, { Type, Properties = {} }] of resources) {
    const faults = await propertyFaults(Type, Properties);
    if (faults.length > 0) {
      faulty.push(
        `Properties validation failed for resource ${logicalId} (${Type}${linesOf(body)(logicalId)}) with message:\n${faults.join('\n')}`,
      );
    }
  }
  if (faulty.length > 0) throw awsError('ValidationError', `${faulty.join('\n')}\n${REMEDY}`);
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
