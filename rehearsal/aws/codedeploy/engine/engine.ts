import type { Aws } from '../../kernel/aws.ts';
import type { DeploymentRecord } from '../registry.ts';
import { watchAlarms } from './alarms.ts';
import type { Effect, Occurrence } from './deployment.ts';
import { DeploymentFailure } from './failure.ts';
import type { HookExecutions } from './hook-executions.ts';
import { performStep } from './perform.ts';
import { transition } from './transition.ts';

/** CodeDeploy shows a deployment as Created for a few seconds before it begins. */
const queueMilliseconds = 2_000;

export interface EngineOptions {
  aws: Aws;
  hookExecutions: HookExecutions;
  /** Registers the rollback of a deployment and returns it; the engine begins it. */
  rollBack: (record: DeploymentRecord) => DeploymentRecord;
  /** Told once about every deployment that ended. */
  ended: (record: DeploymentRecord) => void;
}

export interface Engine {
  begin(record: DeploymentRecord): void;
  /**
   * Tells a deployment that something happened. What it means is decided at once and in the order of
   * the calls, so that concurrent requests about one deployment cannot cross.
   */
  occur(record: DeploymentRecord, occurrence: Occurrence): void;
  stop(): void;
}

/** Runs deployments: keeps each one's state, does its effects, and reports their outcome back to it. */
export function createEngine({ aws, hookExecutions, rollBack, ended }: EngineOptions): Engine {
  /** The step under way of each deployment, and everything that ends with the deployment. */
  const steps = new Map<string, AbortController>();
  const lives = new Map<string, AbortController>();
  let stopped = false;

  const occur = (record: DeploymentRecord, occurrence: Occurrence): void => {
    if (stopped) return;
    const before = record.state;
    const { deployment, effects } = transition(before, occurrence, aws.clock.now());
    if (deployment === before) return;
    record.state = deployment;
    record.lastUpdatedAt = aws.clock.now();
    if (deployment.status !== before.status) aws.log(`codedeploy ${record.id} ${deployment.status}`);
    for (const effect of effects) execute(record, effect);
  };

  const execute = (record: DeploymentRecord, effect: Effect): void => {
    switch (effect.type) {
      case 'perform':
        void perform(record, effect);
        return;
      case 'abandon':
        steps.get(record.id)?.abort();
        return;
      case 'rollBack':
        begin(rollBack(record));
        return;
      case 'ended':
        lives.get(record.id)?.abort();
        ended(record);
        return;
    }
  };

  const perform = async (
    record: DeploymentRecord,
    { step, sequence }: Extract<Effect, { type: 'perform' }>,
  ): Promise<void> => {
    const controller = new AbortController();
    steps.set(record.id, controller);
    try {
      const result = await performStep({ aws, hookExecutions }, record, step, sequence, controller.signal);
      occur(record, { type: 'stepSucceeded', sequence, ...result });
    } catch (error) {
      if (controller.signal.aborted) return;
      const failure = DeploymentFailure.of(error);
      if (failure.information.code === 'INTERNAL_ERROR') aws.log(`codedeploy ${record.id} ${failure.stack}`);
      occur(record, { type: 'stepFailed', sequence, error: failure.information });
    }
  };

  const begin = (record: DeploymentRecord): void => {
    const life = new AbortController();
    lives.set(record.id, life);
    aws.log(`codedeploy ${record.id} ${record.state.status} by ${record.creator}`);
    const cancel = aws.clock.after(queueMilliseconds, () => start(record, life.signal));
    life.signal.addEventListener('abort', cancel, { once: true });
  };

  const start = (record: DeploymentRecord, signal: AbortSignal): void => {
    occur(record, { type: 'started' });
    void watchAlarms({
      aws,
      alarms: record.alarms,
      serviceRoleArn: record.settings.serviceRoleArn,
      deploymentId: record.id,
      signal,
      onTrouble: (occurrence) => occur(record, occurrence),
    });
  };

  return {
    begin,
    occur,
    stop: () => {
      stopped = true;
      for (const controller of [...steps.values(), ...lives.values()]) controller.abort();
    },
  };
}
