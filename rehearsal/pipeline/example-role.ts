import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { present } from '../environment/clients.ts';
import { REPOSITORY } from './repository.ts';
import type { PipelineStage } from './stage.ts';

/**
 * Makes the role of the example with the root action from its own template, as whoever uses it does.
 * @returns the role's ARN
 */
export async function createExampleRole({ root, manifest, production }: PipelineStage): Promise<string> {
  const { cloudFormation } = production.clients;
  const StackName = `${manifest.product}-${production.name}-release`;
  const parameters = {
    Product: manifest.product,
    Environment: production.name,
    Owner: REPOSITORY.owner,
    OwnerId: REPOSITORY.ownerId,
    Repository: REPOSITORY.name,
    RepositoryId: REPOSITORY.id,
  };
  await cloudFormation.createStack({
    StackName,
    TemplateBody: readFileSync(join(root, 'examples/root-action/role.yml'), 'utf8'),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  });
  const waiter = { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await waitUntilStackCreateComplete(waiter, { StackName });
  const { Stacks: [stack] = [] } = await cloudFormation.describeStacks({ StackName });
  const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'RoleArn');
  return present(output?.OutputValue, `RoleArn of ${StackName}`);
}
