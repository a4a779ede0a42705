import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let autoScaling: AutoScaling;

beforeAll(async () => {
  aws = await startAws({ timeScale: 3000 });
  autoScaling = new AutoScaling(clientOptions(aws));
  await autoScaling.createAutoScalingGroup({
    AutoScalingGroupName: 'nat',
    MinSize: 0,
    MaxSize: 1,
    DesiredCapacity: 1,
  });
});
afterAll(() => aws.stop());

const group = async () => {
  const { AutoScalingGroups } = await autoScaling.describeAutoScalingGroups({
    AutoScalingGroupNames: ['nat'],
  });
  return AutoScalingGroups?.[0];
};

async function until(states: readonly string[]) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = (await group())?.Instances?.map(({ LifecycleState }) => LifecycleState) ?? [];
    if (JSON.stringify(found) === JSON.stringify(states)) return;
    if (Date.now() > deadline) throw new Error(`the instances are ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

it('has as many instances as are desired, and none when none is', async () => {
  await until(['InService']);
  await autoScaling.setDesiredCapacity({ AutoScalingGroupName: 'nat', DesiredCapacity: 0 });
  await until([]);
  await autoScaling.setDesiredCapacity({ AutoScalingGroupName: 'nat', DesiredCapacity: 1 });
  await until(['InService']);
});

it('replaces an instance that is lost', async () => {
  const lost = (await group())?.Instances?.[0]?.InstanceId;
  await autoScaling.terminateInstanceInAutoScalingGroup({
    InstanceId: lost,
    ShouldDecrementDesiredCapacity: false,
  });
  await until(['InService']);
  expect((await group())?.Instances?.[0]?.InstanceId).not.toBe(lost);
});

it.each([
  [{ AutoScalingGroupName: 'nat', DesiredCapacity: 2 }, /above max value 1/],
  [{ AutoScalingGroupName: 'none', DesiredCapacity: 1 }, /name not found/],
])('refuses %j', async (input, message) => {
  await expect(autoScaling.setDesiredCapacity(input)).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringMatching(message),
  });
});
