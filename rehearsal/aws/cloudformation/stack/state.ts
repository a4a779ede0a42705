import { createHash, randomUUID } from 'node:crypto';
import type { Parameter, StackEvent, StackStatus, Tag } from '@aws-sdk/client-cloudformation';
import type { Aws } from '../../kernel/aws.ts';
import { awsError } from '../../kernel/error.ts';
import type { Principal } from '../../kernel/service.ts';
import type { Created, Properties } from '../resources/provider.ts';
import type { ParameterValue } from '../template/parameters.ts';
import type { Template } from '../template/template.ts';

/** A resource as it was last made: enough to change it, take it away, or put it back. */
export interface StackResource {
  logicalId: string;
  type: string;
  properties: Properties;
  created: Created;
  deletionPolicy: string;
  status: NonNullable<StackEvent['ResourceStatus']>;
  changed: Date;
}

/** What a stack is, or shall become. */
export interface Blueprint {
  body: string;
  template: Template;
  parameters: ReadonlyMap<string, ParameterValue>;
}

export interface Stack {
  name: string;
  id: string;
  status: StackStatus;
  reason: string | undefined;
  created: Date;
  updated: Date | undefined;
  deleted: Date | undefined;
  roleArn: string | undefined;
  tags: Tag[];
  isProtected: boolean;
  /** Undefined before the first change set was executed. */
  blueprint: Blueprint | undefined;
  resources: Map<string, StackResource>;
  outputs: { key: string; value: string; description: string | undefined; exportName: string | undefined }[];
  events: StackEvent[];
  changeSets: Map<string, ChangeSet>;
}

export interface ChangeSet {
  name: string;
  id: string;
  type: 'CREATE' | 'UPDATE';
  created: Date;
  status: 'CREATE_COMPLETE' | 'FAILED';
  reason: string | undefined;
  execution: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_COMPLETE' | 'OBSOLETE';
  description: string | undefined;
  blueprint: Blueprint;
  tags: Tag[];
  roleArn: string | undefined;
  changes: ResourceChange[];
  parameters: Parameter[];
}

export interface ResourceChange {
  action: 'Add' | 'Modify' | 'Remove';
  logicalId: string;
  physicalId: string | undefined;
  type: string;
  isReplacement: boolean;
}

/** What every part of this room works with. */
export interface CloudFormation {
  aws: Aws;
  /** By id: a name may be taken again after a deletion. */
  stacks: Map<string, Stack>;
}

const GONE: readonly StackStatus[] = ['DELETE_COMPLETE'];

export function findStack({ stacks }: CloudFormation, nameOrId: string): Stack | undefined {
  const byId = stacks.get(nameOrId);
  if (byId) return byId;
  return [...stacks.values()].find(({ name, status }) => name === nameOrId && !GONE.includes(status));
}

/** @throws AwsError ValidationError: Stack with id X does not exist */
export function stackOf(room: CloudFormation, nameOrId: string | undefined): Stack {
  const stack = findStack(room, nameOrId ?? '');
  if (!stack) throw awsError('ValidationError', `Stack with id ${nameOrId} does not exist`);
  return stack;
}

export function newStack(room: CloudFormation, name: string, status: StackStatus): Stack {
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
    throw awsError(
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*`,
    );
  }
  const stack: Stack = {
    name,
    id: room.aws.arn('cloudformation', `stack/${name}/${randomUUID()}`),
    status,
    reason: undefined,
    created: room.aws.clock.now(),
    updated: undefined,
    deleted: undefined,
    roleArn: undefined,
    tags: [],
    isProtected: false,
    blueprint: undefined,
    resources: new Map(),
    outputs: [],
    events: [],
    changeSets: new Map(),
  };
  room.stacks.set(stack.id, stack);
  return stack;
}

/** In whose name a stack's resources are made: its role, or whoever called. */
export function executor({ aws }: CloudFormation, roleArn: string | undefined, caller: Principal): Principal {
  if (roleArn === undefined) return caller;
  const role = roleArn.split('/').at(-1) ?? roleArn;
  return {
    arn: `arn:aws:sts::${aws.accountId}:assumed-role/${role}/AWSCloudFormation`,
    accountId: aws.accountId,
    roleArn,
    service: 'cloudformation.amazonaws.com',
  };
}

/** `STACK-LOGICALID-1A2B3C4D5E6F`, the same for the same stack and resource. */
export function generatedName(stack: Stack, logicalId: string, generation: string): string {
  const digest = createHash('sha256').update(`${stack.name}/${logicalId}/${generation}`).digest('hex');
  const readable = `${stack.name}-${logicalId}`.slice(0, 50);
  return `${readable}-${digest.slice(0, 12).toUpperCase()}`;
}

/** Everything that the stacks export, by name. */
export function exportsOf({ stacks }: CloudFormation): Map<string, { value: string; stack: Stack }> {
  return new Map(
    [...stacks.values()]
      .filter(({ status }) => !GONE.includes(status))
      .flatMap((stack) =>
        stack.outputs.flatMap(({ exportName, value }) =>
          exportName === undefined ? [] : [[exportName, { value, stack }] as const],
        ),
      ),
  );
}
