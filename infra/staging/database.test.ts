import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RDSClient } from '@aws-sdk/client-rds';
import { databaseAvailable, startDatabase, stopDatabase } from './database.ts';

/** RDS that answers with one status after the other, the last one for ever; what it is asked to do is kept. */
async function rdsIn<Result>(
  statuses: readonly string[],
  then: (rds: RDSClient) => Promise<Result>,
): Promise<{ asked: string[]; error: string | undefined }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const action = new URLSearchParams(body).get('Action') ?? '';
    const described = asked.filter((name) => name === 'DescribeDBInstances').length;
    const status = statuses[Math.min(described, statuses.length - 1)];
    asked.push(action);
    const refused = action === 'StartDBInstance' && status !== 'stopped';
    response.writeHead(refused ? 400 : 200, { 'content-type': 'text/xml' });
    response.end(
      refused
        ? '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidDBInstanceState</Code><Message>no</Message></Error></ErrorResponse>'
        : `<${action}Response><${action}Result><DBInstances><DBInstance><DBInstanceStatus>${status}</DBInstanceStatus></DBInstance></DBInstances></${action}Result></${action}Response>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const rds = new RDSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    const error = await then(rds).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    return { asked, error };
  } finally {
    rds.destroy();
    server.close();
    server.closeAllConnections();
  }
}

const poll = { first: 1, longest: 1, patience: 20 };
const describes = (times: number) => Array.from({ length: times }, () => 'DescribeDBInstances');

it('starts a database that is still stopping once it has stopped', async () => {
  const statuses = ['stopping', 'stopping', 'stopped'];
  const { asked } = await rdsIn(statuses, (rds) => startDatabase(rds, 'pika-staging', poll));
  expect(asked).toEqual([...describes(3), 'StartDBInstance']);
});

it.each(['available', 'starting'])('leaves a database that is %s as it is', async (status) => {
  const { asked, error } = await rdsIn([status], (rds) => startDatabase(rds, 'pika-staging', poll));
  expect([asked, error]).toEqual([[...describes(1), 'StartDBInstance'], undefined]);
});

it('stops a database as soon as its backup is made', async () => {
  const statuses = ['backing-up', 'backing-up', 'available'];
  const { asked } = await rdsIn(statuses, (rds) => stopDatabase(rds, 'pika-staging', poll));
  expect(asked).toEqual([...describes(3), 'StopDBInstance']);
});

it('gives up when the database does not come up, and says in which state it is', async () => {
  const { error } = await rdsIn(['starting'], (rds) => databaseAvailable(rds, 'pika-staging', poll));
  expect(error).toMatch(/the database pika-staging is still starting after/);
});
