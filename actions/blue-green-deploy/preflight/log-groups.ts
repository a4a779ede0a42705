import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import type { Preflight } from '../preflight.ts';

/** A task whose log group is missing does not start. All groups are read by their common prefix. */
export async function checkLogGroups({ steps, deadline, signal }: Preflight): Promise<Fault[]> {
  const wanted = steps.flatMap(({ live }) =>
    (live.current.containerDefinitions ?? []).flatMap(({ logConfiguration, name }) => {
      const { options = {} } = logConfiguration ?? {};
      const group = options['awslogs-group'];
      const creates = options['awslogs-create-group'] === 'true';
      if (logConfiguration?.logDriver !== 'awslogs' || !group || creates) return [];
      return [{ group, container: name ?? '', service: live.target.name }];
    }),
  );
  if (wanted.length === 0) return [];
  const prefix = commonPrefix(wanted.map(({ group }) => group));
  const present = await logGroups(prefix, deadline, signal);
  return wanted
    .filter(({ group }) => !present.has(group))
    .map(({ group, container, service }) => ({
      subject: `log group ${group}`,
      message: `is not there; container ${container} of service ${service} logs to it`,
      remedy: 'Create it: a task whose log group is missing does not start',
    }));
}

async function logGroups(prefix: string, deadline: number, signal?: AbortSignal): Promise<Set<string>> {
  const client = new CloudWatchLogsClient(clientOptions(deadline));
  const names = new Set<string>();
  let nextToken: string | undefined;
  do {
    const answer = await client.send(
      new DescribeLogGroupsCommand({
        ...(prefix && { logGroupNamePrefix: prefix }),
        ...(nextToken && { nextToken }),
      }),
      abortable(signal),
    );
    for (const { logGroupName } of answer.logGroups ?? []) if (logGroupName) names.add(logGroupName);
    nextToken = answer.nextToken;
  } while (nextToken);
  return names;
}

function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
