import type { AlarmConfiguration } from '@aws-sdk/client-codedeploy';
import type { Aws } from '../../kernel/aws.ts';
import type { Occurrence } from './deployment.ts';
import { DeploymentFailure } from './failure.ts';
import { pollInterval } from './perform.ts';
import { roleCalls } from './role-calls.ts';

const pollMilliseconds = 10_000;

export interface AlarmWatch {
  aws: Aws;
  alarms: AlarmConfiguration;
  serviceRoleArn: string;
  deploymentId: string;
  signal: AbortSignal;
  /** Called at most once: with the alarms that fire, or because they cannot be read. */
  onTrouble: (occurrence: Occurrence) => void;
}

/** Looks at a deployment's alarms at once and every 10 s until the signal, or until one of them fires. */
export async function watchAlarms(watch: AlarmWatch): Promise<void> {
  const names = watch.alarms.enabled ? alarmNames(watch.alarms) : [];
  while (names.length > 0 && !watch.signal.aborted) {
    const trouble = await lookAt(names, watch);
    if (watch.signal.aborted) return;
    if (trouble) return watch.onTrouble(trouble);
    await watch.aws.clock
      .sleep(pollInterval(watch.aws, pollMilliseconds), watch.signal)
      .catch(() => undefined);
  }
}

export function alarmNames(alarms: AlarmConfiguration): string[] {
  return (alarms.alarms ?? []).flatMap(({ name }) => (name ? [name] : []));
}

async function lookAt(names: string[], watch: AlarmWatch): Promise<Occurrence | undefined> {
  const calls = roleCalls(watch.aws, watch.serviceRoleArn, watch.deploymentId, watch.signal);
  try {
    const { MetricAlarms, CompositeAlarms } = await calls.ask('cloudwatch', 'DescribeAlarms', {
      AlarmNames: names,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
    const firing = [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])]
      .filter(({ StateValue }) => StateValue === 'ALARM')
      .flatMap(({ AlarmName }) => (AlarmName ? [AlarmName] : []));
    return firing.length > 0 ? { type: 'alarmsActivated', alarms: firing } : undefined;
  } catch (error) {
    if (watch.alarms.ignorePollAlarmFailure || watch.signal.aborted) return undefined;
    const information =
      error instanceof DeploymentFailure
        ? error.information
        : ({ code: 'INTERNAL_ERROR', message: String(error) } as const);
    return { type: 'alarmsUnreadable', error: information };
  }
}
