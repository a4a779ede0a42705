import { randomUUID } from 'node:crypto';
import type { LifecycleEventName } from './lifecycle.ts';
import type { RoleCalls } from './role-calls.ts';

interface HookExecution {
  deploymentId: string;
  sequence: number;
  event: LifecycleEventName;
}

export interface HookExecutions {
  begin(execution: HookExecution & { functionName: string; calls: RoleCalls }): Promise<void>;
  find(deploymentId: string, executionId: string): HookExecution | undefined;
}

/**
 * Invokes the functions of hooks, and keeps which execution id stands for which hook. A function answers
 * later, by PutLifecycleEventHookExecutionStatus.
 */
export function createHookExecutions(): HookExecutions {
  const executions = new Map<string, HookExecution>();
  return {
    begin: async ({ functionName, calls, ...execution }) => {
      const executionId = Buffer.from(JSON.stringify({ id: randomUUID() })).toString('base64url');
      executions.set(executionId, execution);
      const event = {
        DeploymentId: execution.deploymentId,
        LifecycleEventHookExecutionId: executionId,
      };
      await calls.ask('lambda', 'Invoke', {
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      });
    },
    find: (deploymentId, executionId) => {
      const execution = executions.get(executionId);
      return execution?.deploymentId === deploymentId ? execution : undefined;
    },
  };
}
