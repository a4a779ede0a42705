import { awsError } from '../kernel/error.ts';
import type { Principal } from '../kernel/service.ts';
import { checkRules } from './stack/scope.ts';
import type { Blueprint, CloudFormation, Stack } from './stack/state.ts';
import { checkResources } from './template/check.ts';
import { checkReferences, creationOrder } from './template/order.ts';
import { type GivenParameter, parameterValues } from './template/parameters.ts';
import { parseTemplate } from './template/template.ts';

/** What a request says that a stack shall be. */
export interface Asked {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
  Parameters?: readonly GivenParameter[] | undefined;
}

/** A request's template and parameters, checked. @throws AwsError ValidationError */
export async function blueprintOf(
  room: CloudFormation,
  stack: Stack,
  asked: Asked,
  as: Principal,
): Promise<Blueprint> {
  const body = await templateBody(room, stack, asked, as);
  const template = parseTemplate(body);
  checkReferences(template);
  creationOrder(template.Resources);
  await checkResources(template, body);
  const previous = stack.blueprint?.parameters ?? new Map();
  const parameters = await parameterValues(room.aws, template, asked.Parameters ?? [], { previous, as });
  const blueprint: Blueprint = { body, template, parameters };
  checkRules(room, stack, blueprint);
  return blueprint;
}

export async function templateBody(
  room: CloudFormation,
  stack: Stack | undefined,
  asked: Asked,
  as: Principal,
): Promise<string> {
  if (asked.TemplateBody !== undefined) return asked.TemplateBody;
  if (asked.UsePreviousTemplate && stack?.blueprint) return stack.blueprint.body;
  if (asked.TemplateURL === undefined) {
    throw awsError('ValidationError', 'Either Template URL or Template Body must be specified.');
  }
  const { Bucket, Key } = objectAt(asked.TemplateURL);
  const { Body } = await room.aws.invoke('s3', 'GetObject', { Bucket, Key }, as).catch((error: unknown) => {
    throw awsError('ValidationError', `S3 error: ${error instanceof Error ? error.message : String(error)}`);
  });
  return Buffer.from((Body ?? new Uint8Array()) as never).toString('utf8');
}

/** `https://s3.REGION.amazonaws.com/BUCKET/KEY` or `https://BUCKET.s3.REGION.amazonaws.com/KEY` */
function objectAt(url: string): { Bucket: string; Key: string } {
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname.slice(1));
  const [, virtual] = /^(.+)\.s3[.-]/.exec(hostname) ?? [];
  if (virtual !== undefined) return { Bucket: virtual, Key: path };
  const slash = path.indexOf('/');
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}
