import { randomUUID } from 'node:crypto';
import type { LifecycleEventName } from './lifecycle.ts';
import type { RoleCalls } from './role-calls.ts';

/** The event that a hook's function receives. */
export interface HookPayload {
  DeploymentId: string;
  LifecycleEventHookExecutionId: string;
}

/** Invokes a hook's function under the service role. It answers later by PutLifecycleEventHookExecutionStatus. */
export type InvokeHook = (functionName: string, payload: HookPayload, calls: RoleCalls) => Promise<void>;

interface HookExecution {
  deploymentId: string;
  sequence: number;
  event: LifecycleEventName;
}

export interface HookExecutions {
  begin(execution: HookExecution & { functionName: string; calls: RoleCalls }): Promise<void>;
  find(deploymentId: string, executionId: string): HookExecution | undefined;
}

/** Keeps which execution id stands for which hook of which deployment. */
export function createHookExecutions(invoke: InvokeHook): HookExecutions {
  const executions = new Map<string, HookExecution>();
  return {
    begin: async ({ functionName, calls, ...execution }) => {
      const executionId = Buffer.from(JSON.stringify({ id: randomUUID() })).toString('base64url');
      executions.set(executionId, execution);
      await invoke(
        functionName,
        { DeploymentId: execution.deploymentId, LifecycleEventHookExecutionId: executionId },
        calls,
      );
    },
    find: (deploymentId, executionId) => {
      const execution = executions.get(executionId);
      return execution?.deploymentId === deploymentId ? execution : undefined;
    },
  };
}
