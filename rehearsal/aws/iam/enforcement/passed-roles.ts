import type { Call } from '../../kernel/service.ts';
import type { Identities } from '../state.ts';
import { iamItself } from './resources.ts';

export interface PassedRole {
  arn: string;
  /** `iam:PassedToService` */
  service: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The roles that a call hands to a service: who may not pass them may not make the call. */
export async function passedRoles(identities: Identities, call: Call, input: Fields): Promise<PassedRole[]> {
  switch (`${call.service}:${call.operation}`) {
    case 'ecs:RegisterTaskDefinition':
      return toTasks([input.taskRoleArn, input.executionRoleArn]);
    case 'ecs:CreateService':
    case 'ecs:UpdateService':
    case 'ecs:CreateTaskSet':
    case 'ecs:RunTask':
      return toTasks([...(await rolesOfDefinition(identities, input)), ...overriddenRoles(input)]);
    case 'codedeploy:CreateDeploymentGroup':
    case 'codedeploy:UpdateDeploymentGroup':
      return passed([input.serviceRoleArn], 'codedeploy.amazonaws.com');
    case 'lambda:CreateFunction':
    case 'lambda:UpdateFunctionConfiguration':
      return passed([input.Role], 'lambda.amazonaws.com');
    case 'cloudformation:CreateStack':
    case 'cloudformation:UpdateStack':
    case 'cloudformation:CreateChangeSet':
    case 'cloudformation:DeleteStack':
      return passed([input.RoleARN], 'cloudformation.amazonaws.com');
    case 'application-autoscaling:RegisterScalableTarget':
      return passed([input.RoleARN], 'application-autoscaling.amazonaws.com');
    default:
      return [];
  }
}

const toTasks = (arns: readonly unknown[]) => passed(arns, 'ecs-tasks.amazonaws.com');

function passed(arns: readonly unknown[], service: string): PassedRole[] {
  const given = arns.filter((arn): arn is string => typeof arn === 'string' && arn !== '');
  return [...new Set(given)].map((arn) => ({ arn, service }));
}

async function rolesOfDefinition({ aws }: Identities, input: Fields): Promise<unknown[]> {
  if (typeof input.taskDefinition !== 'string') return [];
  const asked = { taskDefinition: input.taskDefinition };
  const answer = await aws
    .invoke('ecs', 'DescribeTaskDefinition', asked, iamItself(aws))
    .catch(() => undefined);
  return [answer?.taskDefinition?.taskRoleArn, answer?.taskDefinition?.executionRoleArn];
}

function overriddenRoles({ overrides }: Fields): unknown[] {
  if (typeof overrides !== 'object' || overrides === null) return [];
  const given: Fields = { ...overrides };
  return [given.taskRoleArn, given.executionRoleArn];
}
