import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mangleLikeCloudFormation } from '@aws-cdk/cloudformation-diff';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import { faultOf } from '../command.ts';
import type { Templates } from './replacement.ts';

const SUFFIX = '.template.json';

/**
 * Saves the templates that stacks were deployed from last, as CloudFormation keeps them. All are asked for before
 * any file is changed.
 * @param prefix of the names of the stacks: files of stacks that are gone are removed.
 * @returns how many of them are deployed.
 */
export async function saveReleased(
  stacks: readonly { name: string; region: string }[],
  prefix: string,
  folder: string,
): Promise<number> {
  const deployed = await Promise.all(
    stacks.map(async ({ name, region }) => ({ name, body: await deployedTemplate(name, region) })),
  );
  const kept = deployed.flatMap(({ name, body }) => (body === undefined ? [] : [{ name, body }]));
  mkdirSync(folder, { recursive: true });
  for (const file of templateFiles(folder, prefix)) rmSync(join(folder, file));
  for (const { name, body } of kept) writeFileSync(join(folder, `${name}${SUFFIX}`), body);
  return kept.length;
}

/** A stack with the template that it was deployed from last: undefined where there is no such stack. */
export type DeployedStack = { name: string } & ({ template: unknown } | { fault: string });

/** What stacks were deployed from last. One that cannot be read says why, and the others are read all the same. */
export function readDeployed(stacks: readonly { name: string; region: string }[]): Promise<DeployedStack[]> {
  return Promise.all(
    stacks.map(async ({ name, region }): Promise<DeployedStack> => {
      try {
        const body = await deployedTemplate(name, region);
        return { name, template: body === undefined ? undefined : templateIn(body) };
      } catch (error) {
        return { name, fault: faultOf(error) };
      }
    }),
  );
}

/** The templates in a folder whose stacks' names begin with `prefix`. */
export function readTemplates(folder: string, prefix: string): Templates {
  return Object.fromEntries(
    templateFiles(folder, prefix).map((file) => [
      file.slice(0, -SUFFIX.length),
      templateIn(readFileSync(join(folder, file), 'utf8')),
    ]),
  );
}

/**
 * What cdk uploads is JSON; what it hands in directly, where there is no bootstrap, is YAML. CloudFormation gives back
 * `?` for what is not ASCII: read alike, what nobody changed does not differ.
 */
function templateIn(whole: string): unknown {
  const text = mangleLikeCloudFormation(whole);
  return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
}

function templateFiles(folder: string, prefix: string): string[] {
  return readdirSync(folder).filter((file) => file.startsWith(prefix) && file.endsWith(SUFFIX));
}

/** The template as it was handed in; undefined where no such stack is, as before a first deploy and asleep. */
async function deployedTemplate(StackName: string, region: string): Promise<string | undefined> {
  try {
    const { TemplateBody } = await new CloudFormationClient({ region }).send(
      new GetTemplateCommand({ StackName, TemplateStage: 'Original' }),
    );
    return TemplateBody;
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    const isMissing =
      error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');
    if (isMissing) return undefined;
    throw error;
  }
}
