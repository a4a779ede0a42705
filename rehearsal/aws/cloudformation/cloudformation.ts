import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { changeSetOperations } from './change-sets.ts';
import type { CloudFormation } from './stack/state.ts';
import { stackOperations } from './stacks.ts';

/** CloudFormation: templates become resources of the other rooms, by their own operations. */
export function createCloudFormation(aws: Aws): EmbeddedService<'cloudformation'> {
  const room: CloudFormation = { aws, stacks: new Map() };
  return {
    id: 'cloudformation',
    operations: { ...stackOperations(room), ...changeSetOperations(room) },
  };
}
