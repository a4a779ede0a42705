import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REMEDY, resourceFaults } from '../aws/cloudformation/template/check.ts';
import { parseTemplate, type Template } from '../aws/cloudformation/template/template.ts';
import { stacksOf } from './assembly.ts';

/**
 * What AWS would refuse of the templates of a cloud assembly, all of it before the first stack is made: each with
 * template, line and the construct that wrote it.
 */
export async function templateFaults(assembly: string): Promise<string[]> {
  const faults = await Promise.all(stacksOf(assembly).map(({ name }) => faultsOf(assembly, name)));
  return faults.flat();
}

async function faultsOf(assembly: string, stack: string): Promise<string[]> {
  const file = `${stack}.template.json`;
  const body = readFileSync(join(assembly, file), 'utf8');
  const template = parseTemplate(body);
  const faults = await resourceFaults(template);
  return faults.flatMap(({ logicalId, type, properties }) => {
    const place = `cdk.out/${file}:${lineOf(body, logicalId)}:3`;
    const construct = constructOf(template, logicalId);
    const said = properties ?? [`CloudFormation has no such type. ${REMEDY}`];
    return said.map((what) => `${place} ${construct} (${type}): ${what}`);
  });
}

/** As the CDK writes a template: an entry a line, the resources at its second level. */
function lineOf(body: string, logicalId: string): number {
  return body.split('\n').findIndex((line) => line.startsWith(`  "${logicalId}": {`)) + 1;
}

/** The path of the construct in the app, which a person finds in the code. */
function constructOf({ Resources }: Template, logicalId: string): string {
  const metadata: unknown = Resources[logicalId]?.Metadata;
  if (typeof metadata !== 'object' || metadata === null || !('aws:cdk:path' in metadata)) return logicalId;
  return String(metadata['aws:cdk:path']);
}
