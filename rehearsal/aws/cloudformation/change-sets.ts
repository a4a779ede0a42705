import { randomUUID } from 'node:crypto';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { blueprintOf } from './blueprints.ts';
import { deploy } from './stack/deploy.ts';
import { setStatus } from './stack/events.ts';
import { plannedChanges } from './stack/plan.ts';
import { isSame } from './stack/resource-steps.ts';
import {
  type Blueprint,
  type ChangeSet,
  type CloudFormation,
  executor,
  findStack,
  newStack,
  type Stack,
  stackOf,
} from './stack/state.ts';
import { begin, mustBeSteady } from './stacks.ts';

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** Change sets: what would be done, shown before it is. */
export function changeSetOperations(room: CloudFormation): Handlers<'cloudformation'> {
  return {
    CreateChangeSet: async (input, { principal }) => {
      const { stack, isNew } = stackFor(room, input.StackName, input.ChangeSetType ?? 'UPDATE');
      try {
        const blueprint = await blueprintOf(room, stack, input, principal);
        const changes = await plannedChanges(room, stack, blueprint);
        const isEmpty = changes.length === 0 && hasSameOutputs(stack, blueprint);
        const changeSet: ChangeSet = {
          name: input.ChangeSetName,
          id: room.aws.arn('cloudformation', `changeSet/${input.ChangeSetName}/${randomUUID()}`),
          type: stack.blueprint ? 'UPDATE' : 'CREATE',
          created: room.aws.clock.now(),
          status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
          reason: isEmpty ? NO_CHANGES : undefined,
          execution: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
          description: input.Description,
          blueprint,
          tags: (input.Tags ?? []).map(({ Key, Value }) => ({ Key, Value })),
          roleArn: input.RoleARN,
          changes,
          parameters: [...blueprint.parameters].map(([ParameterKey, { given, isSecret }]) => ({
            ParameterKey,
            ParameterValue: isSecret ? '****' : given,
          })),
        };
        stack.changeSets.set(changeSet.name, changeSet);
        return { Id: changeSet.id, StackId: stack.id };
      } catch (error) {
        if (isNew) room.stacks.delete(stack.id);
        throw error;
      }
    },
    ExecuteChangeSet: async ({ StackName, ChangeSetName }, { principal }) => {
      const { stack, changeSet } = changeSetOf(room, StackName, ChangeSetName);
      if (changeSet.execution !== 'AVAILABLE') {
        throw awsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        );
      }
      mustBeSteady(stack);
      changeSet.execution = 'EXECUTE_COMPLETE';
      for (const other of stack.changeSets.values()) if (other !== changeSet) other.execution = 'OBSOLETE';
      stack.roleArn = changeSet.roleArn ?? stack.roleArn;
      stack.tags = changeSet.tags;
      await begin(room, deploy(room, stack, changeSet.blueprint, executor(room, stack.roleArn, principal)));
      return {};
    },
    DeleteChangeSet: ({ StackName, ChangeSetName }) => {
      const found = findChangeSet(room, StackName, ChangeSetName);
      found?.stack.changeSets.delete(found.changeSet.name);
      return {};
    },
    ...changeSetReads(room),
  };
}

function changeSetReads(room: CloudFormation): Handlers<'cloudformation'> {
  return {
    DescribeChangeSet: ({ StackName, ChangeSetName }) => {
      const { stack, changeSet } = changeSetOf(room, StackName, ChangeSetName);
      return {
        StackId: stack.id,
        StackName: stack.name,
        ChangeSetId: changeSet.id,
        ChangeSetName: changeSet.name,
        ChangeSetType: changeSet.type,
        CreationTime: changeSet.created,
        Status: changeSet.status,
        ExecutionStatus: changeSet.execution,
        ...(changeSet.reason === undefined ? {} : { StatusReason: changeSet.reason }),
        ...(changeSet.description === undefined ? {} : { Description: changeSet.description }),
        Parameters: changeSet.parameters,
        Tags: changeSet.tags,
        Changes: changeSet.changes.map((change) => ({
          Type: 'Resource',
          ResourceChange: {
            Action: change.action,
            LogicalResourceId: change.logicalId,
            ResourceType: change.type,
            ...(change.physicalId === undefined ? {} : { PhysicalResourceId: change.physicalId }),
            ...(change.action === 'Modify' ? { Replacement: change.isReplacement ? 'True' : 'False' } : {}),
          },
        })),
      };
    },
    ListChangeSets: ({ StackName }) => {
      const stack = stackOf(room, StackName);
      return {
        Summaries: [...stack.changeSets.values()].map(({ id, name, status, execution, created }) => ({
          StackId: stack.id,
          StackName: stack.name,
          ChangeSetId: id,
          ChangeSetName: name,
          Status: status,
          ExecutionStatus: execution,
          CreationTime: created,
        })),
      };
    },
  };
}

/** A change set of type CREATE makes its stack, which stays in review until the set is executed. */
function stackFor(room: CloudFormation, name: string, type: string): { stack: Stack; isNew: boolean } {
  const held = findStack(room, name);
  if (type !== 'CREATE') {
    const stack = held ?? stackOf(room, name);
    mustBeSteady(stack);
    return { stack, isNew: false };
  }
  if (held?.status === 'REVIEW_IN_PROGRESS') return { stack: held, isNew: false };
  if (held) {
    throw awsError(
      'ValidationError',
      `Stack [${name}] already exists and cannot be created again with the changeSet type CREATE`,
    );
  }
  const stack = newStack(room, name, 'REVIEW_IN_PROGRESS');
  setStatus(room, stack, 'REVIEW_IN_PROGRESS', 'User Initiated');
  return { stack, isNew: true };
}

/** A stack may change in its outputs alone. */
const hasSameOutputs = (stack: Stack, { template }: Blueprint): boolean =>
  stack.blueprint !== undefined && isSame(stack.blueprint.template.Outputs, template.Outputs);

function findChangeSet(
  room: CloudFormation,
  stackName: string | undefined,
  nameOrId: string,
): { stack: Stack; changeSet: ChangeSet } | undefined {
  const stacks = stackName === undefined ? [...room.stacks.values()] : [stackOf(room, stackName)];
  for (const stack of stacks) {
    const changeSet = [...stack.changeSets.values()].find(
      ({ id, name }) => id === nameOrId || name === nameOrId,
    );
    if (changeSet) return { stack, changeSet };
  }
  return undefined;
}

function changeSetOf(room: CloudFormation, stackName: string | undefined, nameOrId: string) {
  const found = findChangeSet(room, stackName, nameOrId);
  if (!found)
    throw awsError('ChangeSetNotFound', `ChangeSet [${nameOrId}] does not exist`, { statusCode: 404 });
  return found;
}
