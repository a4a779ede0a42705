import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createClock } from '../kernel/clock.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { createFaults } from './faults.ts';
import { loadFaultPlan } from './load.ts';
import type { FaultPlan } from './schema.ts';

let aws: EmbeddedAws | undefined;
afterEach(() => aws?.stop());

async function start(faultPlan: FaultPlan, timeScale = 1) {
  aws = await startAws({ faultPlan, timeScale });
  return {
    sts: new STSClient(clientOptions(aws)),
    ssm: new SSMClient(clientOptions(aws)),
    clock: aws.kernel.clock,
  };
}

const outcomes = async (count: number, call: () => Promise<unknown>) => {
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    names.push(
      await call().then(
        () => 'ok',
        (error: Error) => error.name,
      ),
    );
  }
  return names;
};

test('operations share a bucket, which fills again in simulated time', async () => {
  const plan = { throttling: [{ operations: ['ssm:Get*', 'ssm:PutParameter'], burst: 2, rate: 1 / 3600 }] };
  const { ssm, sts, clock } = await start(plan, 10_000);
  const read = () => ssm.send(new GetParameterCommand({ Name: 'a' }));
  await ssm.send(new PutParameterCommand({ Name: 'a', Value: '1', Type: 'String' }));
  expect(await outcomes(3, read)).toEqual(['ok', 'ThrottlingException', 'ThrottlingException']);
  expect(await outcomes(1, () => sts.send(new GetCallerIdentityCommand({})))).toEqual(['ok']);
  await clock.sleep(3_700_000);
  expect(await outcomes(1, read)).toEqual(['ok']);
});

test('the SDK retries what was throttled', async () => {
  const { sts } = await start({
    errors: [{ operations: ['sts:*'], code: 'ThrottlingException', status: 400, calls: [1, 2] }],
  });
  sts.destroy();
  const patient = new STSClient({ ...clientOptions(aws as EmbeddedAws), maxAttempts: 3 });
  expect(await patient.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012' });
});

test('errors come by call or by chance, and the same seed gives the same chance', async () => {
  const byCall = await start({
    errors: [{ operations: ['sts:GetCallerIdentity'], code: 'Unavailable', calls: [2] }],
  });
  const call = (sts: STSClient) => () => sts.send(new GetCallerIdentityCommand({}));
  expect(await outcomes(3, call(byCall.sts))).toEqual(['ok', 'Unavailable', 'ok']);
  await aws?.stop();
  const plan: FaultPlan = { seed: 5, errors: [{ operations: ['*'], code: 'Unavailable', probability: 0.5 }] };
  const first = await outcomes(20, call((await start(plan)).sts));
  await aws?.stop();
  expect(await outcomes(20, call((await start(plan)).sts))).toEqual(first);
  expect(new Set(first)).toEqual(new Set(['ok', 'Unavailable']));
});

test("AWS's published limits are there by name", async () => {
  const faults = createFaults(createClock(), { preset: 'aws-published' });
  const principal = { arn: 'arn:aws:iam::123456789012:root', accountId: '123456789012' };
  const call = {
    service: 'ecs',
    operation: 'RegisterTaskDefinition',
    principal,
    region: 'us-east-1',
    requestId: '1',
  } as const;
  for (let index = 0; index < 20; index++) await faults.beforeCall(call);
  await expect(faults.beforeCall(call)).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
  });
  await faults.beforeCall({ ...call, principal: { ...principal, service: 'codedeploy.amazonaws.com' } });
});

test('tasks crash and capacity goes as planned', async () => {
  const clock = createClock(1_000);
  const faults = createFaults(clock, {
    tasks: [{ family: 'sea*', revision: 2, after: 30, exitCode: 137, times: 1 }],
    capacity: [{ provider: 'FARGATE_SPOT', until: 60 }],
  });
  expect(faults.ofTask({ family: 'search', revision: 1 })).toBeUndefined();
  expect(faults.ofTask({ family: 'search', revision: 2 })).toEqual({ after: 30, exitCode: 137 });
  expect(faults.ofTask({ family: 'search', revision: 2 })).toBeUndefined();
  expect([faults.isCapacityLost('FARGATE_SPOT'), faults.isCapacityLost('FARGATE')]).toEqual([true, false]);
  await clock.sleep(61_000);
  expect(faults.isCapacityLost('FARGATE_SPOT')).toBe(false);
});

test('a plan with faults of its own is refused, all of them named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fault-plan-'));
  const file = join(folder, 'plan.yml');
  await writeFile(file, 'throttle: []\nerrors: [{operations: [ecs]}]\n');
  await expect(loadFaultPlan(file)).rejects.toThrow(
    /errors\.0\.operations\.0: must be SERVICE:Operation[\s\S]*Unrecognized key: "throttle"/,
  );
  await writeFile(file, 'latency: [{operations: ["*"], milliseconds: 5}]\n');
  expect(await loadFaultPlan(file)).toMatchObject({ seed: 1, latency: [{ milliseconds: 5, jitter: 0 }] });
  await rm(folder, { recursive: true });
});
