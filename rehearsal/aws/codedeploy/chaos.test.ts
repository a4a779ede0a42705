import { CodeDeploy, type CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import fc from 'fast-check';
import { awsError } from '../kernel/error.ts';
import { startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { appSpecContent, groupInput } from './test/group.ts';
import { createNeighbours, forward, listeners, targetGroups, weightsOf } from './test/neighbours.ts';

/** What people, alarms and a failing ECS do to a group, each a few milliseconds after the other. */
const acts = [
  'create',
  'stop',
  'stopAndRollBack',
  'continue',
  'endWait',
  'alarm',
  'calm',
  'failOnce',
] as const;

const scripts = fc.array(
  fc.record({ act: fc.constantFrom(...acts), after: fc.integer({ min: 0, max: 12 }) }),
  { minLength: 3, maxLength: 25 },
);

const groups: fc.Arbitrary<Partial<CreateDeploymentGroupInput>> = fc.record({
  deploymentConfigName: fc.constantFrom(
    'CodeDeployDefault.ECSAllAtOnce',
    'CodeDeployDefault.ECSCanary10Percent5Minutes',
    'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
  ),
  autoRollbackConfiguration: fc.constantFrom(
    { enabled: false },
    {
      enabled: true,
      events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
    },
  ),
  blueGreenDeploymentConfiguration: fc.record({
    deploymentReadyOption: fc.constantFrom(
      { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
      { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 30 },
    ),
    terminateBlueInstancesOnDeploymentSuccess: fc.constant({
      action: 'TERMINATE',
      terminationWaitTimeInMinutes: 2,
    }),
  }),
}) as fc.Arbitrary<Partial<CreateDeploymentGroupInput>>;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const activeStatuses = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const;

async function play(changes: Partial<CreateDeploymentGroupInput>, script: { act: string; after: number }[]) {
  const world = createNeighbours();
  const aws = await startAws({ timeScale: 6000 });
  const codedeploy = new CodeDeploy(clientOptions(aws));
  let failNext = false;
  for (const service of world.services) aws.kernel.register(service);
  aws.kernel.intercept(({ operation }) => {
    if (!failNext || !['CreateTaskSet', 'UpdateServicePrimaryTaskSet', 'DeleteTaskSet'].includes(operation))
      return;
    failNext = false;
    throw awsError('ServerException', 'chaos');
  });
  const active = async () =>
    (await codedeploy.listDeployments({ includeOnlyStatuses: [...activeStatuses] })).deployments ?? [];
  const act = async (name: string): Promise<unknown> => {
    const [deploymentId = 'd-000000000'] = await active();
    switch (name) {
      case 'create':
        return codedeploy.createDeployment({
          applicationName: 'shop',
          deploymentGroupName: 'search',
          revision: appSpecContent(),
        });
      case 'stop':
      case 'stopAndRollBack':
        return codedeploy.stopDeployment({ deploymentId, autoRollbackEnabled: name === 'stopAndRollBack' });
      case 'continue':
      case 'endWait':
        return codedeploy.continueDeployment({
          deploymentId,
          deploymentWaitType: name === 'continue' ? 'READY_WAIT' : 'TERMINATION_WAIT',
        });
      default:
        if (name === 'failOnce') failNext = true;
        else world.alarms.set('search-5xx', name === 'alarm' ? 'ALARM' : 'OK');
        return undefined;
    }
  };
  try {
    await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
    await codedeploy.createDeploymentGroup({
      ...groupInput,
      ...changes,
      alarmConfiguration: { enabled: true, alarms: [{ name: 'search-5xx' }] },
    });
    for (const { act: name, after } of script) {
      await pause(after);
      await act(name).catch((error: Error) => expect(error.name).toMatch(/^(Deployment|UnsupportedAction)/));
      expect((await active()).length).toBeLessThanOrEqual(1);
    }
    while ((await active()).length > 0) await pause(10);
    return world;
  } finally {
    codedeploy.destroy();
    await aws.stop();
  }
}

it('never has two active deployments, and leaves production on a living PRIMARY task set', async () => {
  await fc.assert(
    fc.asyncProperty(groups, scripts, async (changes, script) => {
      const world = await play(changes, script);
      const primary = world.taskSets.filter(({ status }) => status === 'PRIMARY');
      expect(primary).toHaveLength(1);
      const side = primary[0]?.loadBalancers?.[0]?.targetGroupArn === targetGroups.one ? 'one' : 'two';
      const weights = weightsOf(world.forwards.get(listeners.production) ?? forward({}));
      expect(weights[side]).toBeGreaterThan(0);
      const occupied = world.taskSets.map(({ loadBalancers }) => loadBalancers?.[0]?.targetGroupArn);
      for (const [name, weight] of Object.entries(weights)) {
        if (weight > 0) expect(occupied).toContain(targetGroups[name === 'one' ? 'one' : 'two']);
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
