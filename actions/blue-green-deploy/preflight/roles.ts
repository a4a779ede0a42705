import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import { mapLimited } from '../../common/poll.ts';
import type { Preflight } from '../preflight.ts';

/** The task and execution roles are there, and ECS may assume them. */
export async function checkRoles({ steps, deadline, signal }: Preflight): Promise<Fault[]> {
  const roles = [
    ...new Set(
      steps.flatMap(({ live }) =>
        [live.current.taskRoleArn, live.current.executionRoleArn].filter((arn) => arn !== undefined),
      ),
    ),
  ].filter((arn) => arn !== '');
  const client = new IAMClient(clientOptions(deadline));
  const faults = await mapLimited(roles, 8, async (arn): Promise<Fault[]> => {
    const RoleName = arn.split('/').at(-1) ?? arn;
    try {
      const { Role } = await client.send(new GetRoleCommand({ RoleName }), abortable(signal));
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
      if (trust === '' || trust.includes('ecs-tasks.amazonaws.com')) return [];
      return [
        {
          subject: `role ${RoleName}`,
          message: 'cannot be assumed by ECS tasks',
          remedy: 'Let its trust policy allow sts:AssumeRole to ecs-tasks.amazonaws.com',
        },
      ];
    } catch (error) {
      if (!(error instanceof Error && /NoSuchEntity/.test(error.name))) throw error;
      return [
        {
          subject: `role ${RoleName}`,
          message: 'is not there, but the task definition names it',
          remedy: 'Create the role again, with the same name',
        },
      ];
    }
  });
  return faults.flat();
}
