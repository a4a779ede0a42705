import type { Manifest } from '../../manifest/index.ts';
import { stacksOf } from '../checks/assembly-stacks.ts';
import { FROZEN, mayDeploy } from '../checks/may-deploy.ts';
import { readTemplates, saveReleased } from '../checks/released-templates.ts';
import { annotate } from '../command.ts';

export interface DeployFolders {
  /** Where the templates that were deployed last are saved, for comparison. */
  released: string;
  /** Cloud assembly that is to be deployed. */
  assembly: string;
}

/**
 * The stacks of an environment that may be deployed now, in the assembly's order; says which may not, and why.
 * @returns undefined when none may, since something that cannot be made again would be lost.
 */
export async function deployableStacks(
  manifest: Manifest,
  environment: { name: string; region: string },
  folders: DeployFolders,
): Promise<string[] | undefined> {
  const prefix = `${manifest.product}-${environment.name}-`;
  const stacks = stacksOf(folders.assembly, prefix, environment.region);
  // CloudFormation keeps what was deployed last: nobody else has to.
  const kept = await saveReleased(stacks, prefix, folders.released);
  console.log(`${environment.name}: ${kept} of ${stacks.length} stacks are deployed.`);
  const { verdict, reasons } = await mayDeploy(manifest, environment, {
    released: readTemplates(folders.released, prefix),
    next: readTemplates(folders.assembly, prefix),
  });
  const names = stacks.map(({ name }) => name);
  if (verdict === 'free') return names;
  const why = reasons.map((reason) => `\n  ${reason}`).join('');
  if (verdict === 'lost') {
    annotate('error', 'No stack was deployed', `something that cannot be made again would be lost:${why}`);
    return undefined;
  }
  const frozen = FROZEN.map((name) => `${prefix}${name}`);
  annotate(
    'warning',
    'Two stacks were left out',
    `${frozen.join(' and ')} must not change now; once blue is live again, the next release deploys them:${why}`,
  );
  return names.filter((name) => !frozen.includes(name));
}
