import { readFileSync } from 'node:fs';
import {
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import type { RestoredDatabase } from './database.ts';

/** The container of the migration's task, which has psql and may reach databases. */
export const CONTAINER = 'migration';

/**
 * Registers the task that asks the restored database: the migration's, with another question and another secret.
 * @param families `migration`: whose newest revision is taken; `drill`: the family of the new one.
 */
export async function registerQuestion(
  ecs: ECSClient,
  families: { migration: string; drill: string },
  { host, secret }: RestoredDatabase,
  schemas: readonly string[],
): Promise<void> {
  const { taskDefinition: migration } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: families.migration }),
  );
  const container = migration?.containerDefinitions?.find(({ name }) => name === CONTAINER);
  if (!migration || !container) {
    throw new Error(`the task definition ${families.migration} has no container ${CONTAINER}`);
  }
  const environment = new Map((container.environment ?? []).map(({ name, value }) => [name, value]));
  environment.set('PGHOST', host);
  environment.set('SCHEMAS', schemas.join(' '));
  environment.set('ASK_SQL', text('ask.sql'));
  const asking: ContainerDefinition = {
    ...container,
    command: ['sh', '-c', text('ask.sh')],
    environment: [...environment].map(([name, value]) => ({ name, value })),
    secrets: [
      { name: 'PGUSER', valueFrom: `${secret}:username::` },
      { name: 'PGPASSWORD', valueFrom: `${secret}:password::` },
    ],
  };
  const {
    cpu,
    memory,
    networkMode,
    requiresCompatibilities,
    executionRoleArn,
    taskRoleArn,
    runtimePlatform,
  } = migration;
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: families.drill,
      cpu,
      memory,
      networkMode,
      requiresCompatibilities,
      executionRoleArn,
      taskRoleArn,
      runtimePlatform,
      containerDefinitions: [asking],
    }),
  );
}

function text(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
