import { setTimeout } from 'node:timers/promises';
import type { Stack as WireStack } from '@aws-sdk/client-cloudformation';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { Handlers, Principal } from '../kernel/service.ts';
import { blueprintOf, templateBody } from './blueprints.ts';
import { deploy, remove } from './stack/deploy.ts';
import { importersOf } from './stack/outputs.ts';
import { plannedChanges } from './stack/plan.ts';
import {
  type CloudFormation,
  executor,
  exportsOf,
  findStack,
  newStack,
  type Stack,
  stackOf,
} from './stack/state.ts';
import { parseTemplate } from './template/template.ts';

/** Stacks, made, changed and deleted at once, without a change set. */
export function stackOperations(room: CloudFormation): Handlers<'cloudformation'> {
  return {
    CreateStack: async (input, { principal }) => {
      if (findStack(room, input.StackName)) {
        throw awsError('AlreadyExistsException', `Stack [${input.StackName}] already exists`);
      }
      const stack = newStack(room, input.StackName, 'CREATE_IN_PROGRESS');
      try {
        await start(room, stack, input, principal);
      } catch (error) {
        room.stacks.delete(stack.id);
        throw error;
      }
      stack.isProtected = input.EnableTerminationProtection ?? false;
      return { StackId: stack.id };
    },
    UpdateStack: async (input, { principal }) => {
      const stack = stackOf(room, input.StackName);
      mustBeSteady(stack);
      await start(room, stack, input, principal);
      return { StackId: stack.id };
    },
    DeleteStack: async ({ StackName, RoleARN }, { principal }) => {
      const stack = findStack(room, StackName);
      if (!stack || stack.status === 'DELETE_COMPLETE') return {};
      if (stack.isProtected) {
        throw awsError(
          'ValidationError',
          `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
        );
      }
      for (const { exportName } of stack.outputs) {
        const [user] = exportName === undefined ? [] : importersOf(room, exportName);
        if (user) {
          throw awsError(
            'ValidationError',
            `Export ${exportName} cannot be deleted as it is in use by ${user.name}`,
          );
        }
      }
      await begin(room, remove(room, stack, executor(room, RoleARN ?? stack.roleArn, principal)));
      return {};
    },
    UpdateTerminationProtection: ({ StackName, EnableTerminationProtection }) => {
      const stack = stackOf(room, StackName);
      stack.isProtected = EnableTerminationProtection;
      return { StackId: stack.id };
    },
    ...stackReads(room),
  };
}

type StackRequest = Parameters<typeof blueprintOf>[2] & {
  RoleARN?: string | undefined;
  Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
};

async function start(
  room: CloudFormation,
  stack: Stack,
  input: StackRequest,
  caller: Principal,
): Promise<void> {
  const blueprint = await blueprintOf(room, stack, input, caller);
  if (stack.blueprint && (await plannedChanges(room, stack, blueprint)).length === 0) {
    throw awsError('ValidationError', 'No updates are to be performed.');
  }
  stack.roleArn = input.RoleARN ?? stack.roleArn;
  stack.tags = (input.Tags ?? []).map(({ Key, Value }) => ({ Key, Value }));
  await begin(room, deploy(room, stack, blueprint, executor(room, stack.roleArn, caller)));
}

/**
 * Real milliseconds that an answer waits for the work which it started. Clients ask for a stack's status at once
 * and then only every few seconds: what is done by then costs them no wait.
 */
const LINGER = 30_000;

/** A stack's work, which goes on when its request is answered; only a defect of ours can reject it. */
export async function begin({ aws }: CloudFormation, work: Promise<void>): Promise<void> {
  const done = work.catch((error: unknown) => {
    aws.log(
      `cloudformation failed by a defect of the embedded AWS: ${error instanceof Error ? error.stack : error}`,
    );
  });
  const waiting = new AbortController();
  const lingered = setTimeout(LINGER, undefined, { ref: false, signal: waiting.signal }).catch(
    () => undefined,
  );
  await Promise.race([done, lingered]);
  waiting.abort();
}

/** @throws AwsError ValidationError while the stack is being changed, or is only fit to be deleted */
export function mustBeSteady(stack: Stack): void {
  const isBusy = stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS';
  if (isBusy || stack.status === 'ROLLBACK_COMPLETE' || stack.status === 'ROLLBACK_FAILED') {
    throw awsError(
      'ValidationError',
      `Stack:${stack.id} is in ${stack.status} state and can not be updated.`,
    );
  }
}

function stackReads(room: CloudFormation): Handlers<'cloudformation'> {
  return {
    DescribeStacks: ({ StackName }) => ({
      Stacks: StackName
        ? [wireStack(stackOf(room, StackName))]
        : [...room.stacks.values()].filter(({ status }) => status !== 'DELETE_COMPLETE').map(wireStack),
    }),
    ListStacks: ({ StackStatusFilter }) => ({
      StackSummaries: [...room.stacks.values()]
        .filter(({ status }) => !StackStatusFilter?.length || StackStatusFilter.includes(status))
        .map((stack) => ({
          StackId: stack.id,
          StackName: stack.name,
          CreationTime: stack.created,
          StackStatus: stack.status,
        })),
    }),
    DescribeStackEvents: ({ StackName, NextToken }) => {
      const { events } = stackOf(room, StackName);
      const page = pageOf(events, { token: NextToken, size: 100, invalidToken: 'ValidationError' });
      return {
        StackEvents: page.items,
        ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
      };
    },
    DescribeStackResources: ({ StackName }) => ({ StackResources: resourcesOf(stackOf(room, StackName)) }),
    ListStackResources: ({ StackName }) => ({
      StackResourceSummaries: resourcesOf(stackOf(room, StackName)).map(({ Timestamp, ...resource }) => ({
        ...resource,
        LastUpdatedTimestamp: Timestamp,
      })),
    }),
    ListExports: () => ({
      Exports: [...exportsOf(room)].map(([Name, { value, stack }]) => ({
        Name,
        Value: value,
        ExportingStackId: stack.id,
      })),
    }),
    ListImports: ({ ExportName }) => ({ Imports: importersOf(room, ExportName).map(({ name }) => name) }),
    GetTemplate: ({ StackName }) => {
      const { blueprint } = stackOf(room, StackName);
      return { TemplateBody: blueprint?.body ?? '', StagesAvailable: ['Original', 'Processed'] };
    },
    GetTemplateSummary: async (input, { principal }) => {
      const stack = input.StackName === undefined ? undefined : stackOf(room, input.StackName);
      const body = stack?.blueprint?.body ?? (await templateBody(room, stack, input, principal));
      const template = parseTemplate(body);
      return {
        Parameters: Object.entries(template.Parameters).map(([ParameterKey, { Type, Default }]) => ({
          ParameterKey,
          ParameterType: Type,
          ...(Default === undefined ? {} : { DefaultValue: Default }),
        })),
        ResourceTypes: [...new Set(Object.values(template.Resources).map(({ Type }) => Type))],
        ...(template.Description === undefined ? {} : { Description: template.Description }),
      };
    },
  };
}

function resourcesOf(stack: Stack) {
  return [...stack.resources.values()].map(({ logicalId, type, created, status, changed }) => ({
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: logicalId,
    PhysicalResourceId: created.id,
    ResourceType: type,
    ResourceStatus: status,
    Timestamp: changed,
  }));
}

function wireStack(stack: Stack): WireStack {
  const { blueprint } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    StackStatus: stack.status,
    CreationTime: stack.created,
    ...(stack.updated === undefined ? {} : { LastUpdatedTime: stack.updated }),
    ...(stack.deleted === undefined ? {} : { DeletionTime: stack.deleted }),
    ...(stack.reason === undefined ? {} : { StackStatusReason: stack.reason }),
    ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }),
    ...(blueprint?.template.Description === undefined ? {} : { Description: blueprint.template.Description }),
    DisableRollback: false,
    EnableTerminationProtection: stack.isProtected,
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    Tags: stack.tags,
    Parameters: [...(blueprint?.parameters ?? [])].map(([ParameterKey, { given, isSecret }]) => ({
      ParameterKey,
      ParameterValue: isSecret ? '****' : given,
    })),
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      ...(description === undefined ? {} : { Description: description }),
      ...(exportName === undefined ? {} : { ExportName: exportName }),
    })),
  };
}
