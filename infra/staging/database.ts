import {
  DescribeDBInstancesCommand,
  type RDSClient,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { type Poll, untilAnswered } from '../deploy/poll.ts';

/**
 * Starts a database that sleeps. One that is still stopping can be started only once it has stopped; one that is up,
 * or comes up, is left alone.
 */
export async function startDatabase(rds: RDSClient, instance: string, poll: Poll): Promise<void> {
  await untilStatus(rds, instance, poll, (status) => status !== 'stopping');
  await ifState(() => rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: instance })));
}

/** Stops a database. One that is busy, be it starting or making its backup, is stopped as soon as it is available. */
export async function stopDatabase(rds: RDSClient, instance: string, poll: Poll): Promise<void> {
  await untilStatus(rds, instance, poll, (status) => ['available', 'stopping', 'stopped'].includes(status));
  await ifState(() => rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: instance })));
}

export async function databaseAvailable(rds: RDSClient, instance: string, poll: Poll): Promise<void> {
  await untilStatus(rds, instance, poll, (status) => status === 'available');
}

/** @throws Error when it is not so until patience has run out, and RDS' own when there is no such database. */
async function untilStatus(
  rds: RDSClient,
  instance: string,
  poll: Poll,
  isWanted: (status: string) => boolean,
): Promise<void> {
  let last = '';
  const reached = await untilAnswered(async () => {
    const { DBInstances } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }),
    );
    const status = DBInstances?.[0]?.DBInstanceStatus ?? '';
    if (status !== last) console.log(`The database ${instance} is ${status}.`);
    last = status;
    return isWanted(status) || undefined;
  }, poll);
  if (!reached) {
    throw new Error(
      `the database ${instance} is still ${last} after ${Math.round(poll.patience / 60_000)} minutes; run the command again, or look at its events in RDS`,
    );
  }
}

/** Already started, already stopped: what was wanted is so. */
async function ifState(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof Error && /^InvalidDBInstanceState/.test(error.name))) throw error;
  }
}
