import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { awsError } from '../../kernel/error.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import { page } from '../page.ts';
import type { TaskDefinitionRecord } from '../records.ts';
import { lookUpTaskDefinition } from '../state.ts';
import { taskDefinitionOf } from './register.ts';

/** RegisterTaskDefinition, DescribeTaskDefinition, DeregisterTaskDefinition and the lists. */
export function taskDefinitionOperations({ aws, state }: Ecs): Handlers<'ecs'> {
  const find = (reference: string): TaskDefinitionRecord => {
    const record = lookUpTaskDefinition(state, reference);
    if (record) return record;
    throw awsError('ClientException', 'Unable to describe task definition.');
  };

  return {
    RegisterTaskDefinition: (input, { principal }) => {
      const definition = taskDefinitionOf(input);
      const revisions = state.families.get(input.family) ?? [];
      const revision = (revisions.at(-1)?.revision ?? 0) + 1;
      const arn = aws.arn('ecs', `task-definition/${input.family}:${revision}`);
      const record: TaskDefinitionRecord = {
        arn,
        family: input.family,
        revision,
        status: 'ACTIVE',
        definition: {
          ...definition,
          taskDefinitionArn: arn,
          revision,
          registeredAt: aws.clock.now(),
          registeredBy: principal.arn,
        },
        tags: input.tags ?? [],
      };
      state.families.set(input.family, [...revisions, record]);
      return { taskDefinition: describe(record), tags: record.tags };
    },
    DescribeTaskDefinition: ({ taskDefinition, include }) => {
      const record = find(taskDefinition);
      return {
        taskDefinition: describe(record),
        ...(include?.includes('TAGS') ? { tags: record.tags } : {}),
      };
    },
    DeregisterTaskDefinition: ({ taskDefinition }) => {
      if (!taskDefinition.includes(':')) {
        throw awsError('ClientException', 'Revision is missing.');
      }
      const record = find(taskDefinition);
      record.status = 'INACTIVE';
      record.definition.deregisteredAt = aws.clock.now();
      return { taskDefinition: describe(record) };
    },
    ListTaskDefinitions: (input) => {
      const families = [...state.families.entries()].filter(
        ([family]) => input.familyPrefix === undefined || family === input.familyPrefix,
      );
      const records = families
        .flatMap(([, revisions]) => revisions)
        .filter(({ status }) => status === (input.status ?? 'ACTIVE'));
      const { items, ...next } = page(input.sort === 'DESC' ? records.reverse() : records, input);
      return { taskDefinitionArns: items.map(({ arn }) => arn), ...next };
    },
    ListTaskDefinitionFamilies: (input) => {
      const families = [...state.families]
        .filter(([family]) => family.startsWith(input.familyPrefix ?? ''))
        .filter(([, revisions]) => hasStatus(revisions, input.status ?? 'ALL'))
        .map(([family]) => family)
        .sort();
      const { items, ...next } = page(families, input);
      return { families: items, ...next };
    },
  };
}

function hasStatus(revisions: readonly TaskDefinitionRecord[], wanted: string): boolean {
  const active = revisions.some(({ status }) => status === 'ACTIVE');
  return wanted === 'ALL' || (wanted === 'ACTIVE') === active;
}

function describe({ definition, status }: TaskDefinitionRecord): TaskDefinition {
  return { ...definition, status };
}
