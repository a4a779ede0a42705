import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import { chunks } from '../../common/poll.ts';
import type { Preflight, Unchecked } from '../preflight.ts';

/** DescribeAlarms takes 100 names. */
const ALARMS_A_CALL = 100;

/** An alarm that fires already would stop the deployment at once; one that is missing would never stop it. */
export async function checkAlarms({
  steps,
  ignoreAlarms,
  deadline,
  signal,
}: Preflight): Promise<(Fault | Unchecked)[]> {
  const watched = steps.flatMap(({ live }) => {
    const { alarmConfiguration, deploymentGroupName = '' } = live.group;
    if (!alarmConfiguration?.enabled) return [];
    return (alarmConfiguration.alarms ?? []).flatMap(({ name }) =>
      name ? [{ name, group: deploymentGroupName }] : [],
    );
  });
  const names = [...new Set(watched.map(({ name }) => name))];
  const client = new CloudWatchClient(clientOptions(deadline));
  const answers = await Promise.all(
    chunks(names, ALARMS_A_CALL).map((AlarmNames) =>
      client.send(
        new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
        abortable(signal),
      ),
    ),
  );
  const alarms = answers.flatMap(({ MetricAlarms = [], CompositeAlarms = [] }) => [
    ...MetricAlarms,
    ...CompositeAlarms,
  ]);
  return watched.flatMap(({ name, group }): (Fault | Unchecked)[] => {
    const alarm = alarms.find(({ AlarmName }) => AlarmName === name);
    if (!alarm) {
      return [
        {
          subject: `alarm ${name} of deployment group ${group}`,
          message: 'is not there',
          remedy: 'Create it, or take it out of the deployment group',
        },
      ];
    }
    if (alarm.StateValue !== 'ALARM') return [];
    const reason = alarm.StateReason ?? '';
    if (ignoreAlarms) {
      return [
        { unchecked: `Alarm ${name} fires and is ignored, as the input ignore-alarms says: ${reason}` },
      ];
    }
    return [
      {
        subject: `alarm ${name} of deployment group ${group}`,
        message: `is firing already: ${reason}`,
        remedy:
          'Find its cause first: CodeDeploy would stop the deployment at once. To go back to a version that is known to be good, set ignore-alarms: true',
      },
    ];
  });
}
