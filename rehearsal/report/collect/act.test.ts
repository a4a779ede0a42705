import { CodeDeploy } from '@aws-sdk/client-codedeploy';
import { appSpecContent, ended, groupInput, until } from '../../aws/codedeploy/test/group.ts';
import { createNeighbours, type Neighbours } from '../../aws/codedeploy/test/neighbours.ts';
import { type EmbeddedAws, startAws } from '../../aws/server.ts';
import { clientOptions } from '../../aws/test/client.ts';
import { collectAct } from './act.ts';

/** A minute is 40 ms. */
const timeScale = 1500;

let aws: EmbeddedAws;
let world: Neighbours;
let codedeploy: CodeDeploy;

beforeEach(async () => {
  world = createNeighbours();
  aws = await startAws({ timeScale });
  for (const service of world.services) aws.kernel.register(service);
  codedeploy = new CodeDeploy(clientOptions(aws));
  await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
});
afterEach(async () => {
  codedeploy.destroy();
  await aws.stop();
});

async function deploy(): Promise<string> {
  const { deploymentId = '' } = await codedeploy.createDeployment({
    applicationName: 'shop',
    deploymentGroupName: 'search',
    revision: appSpecContent(),
  });
  return deploymentId;
}

const collect = (from: number, to = Date.now(), origin = from) =>
  collectAct({
    name: 'one',
    story: 'a deployment',
    expectations: [],
    runs: [],
    aws: aws.kernel,
    origin,
    from,
    to,
  });

describe('an act', () => {
  it('has the deployments that were created in it, each lifecycle event in seconds of real time', async () => {
    await codedeploy.createDeploymentGroup(groupInput);
    const before = Date.now();
    await until(codedeploy, await deploy(), ended);
    const from = Date.now();
    const id = await deploy();
    await until(codedeploy, id, ended);
    const { releases, seconds } = await collect(from);
    const [release] = releases;
    expect(releases.map(({ cluster }) => cluster)).toEqual(['main']);
    expect(release?.deployments.map(({ deploymentId }) => deploymentId)).toEqual([id]);
    const [deployment] = release?.deployments ?? [];
    expect(deployment).toMatchObject({ service: 'search', status: 'Succeeded' });
    expect(deployment?.events.map(({ name }) => name)).toEqual([
      ...['BeforeInstall', 'Install', 'AfterInstall', 'AllowTestTraffic', 'AfterAllowTestTraffic'],
      ...['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'],
    ]);
    const moments = deployment?.events.flatMap((event) => [event.startsAt ?? -1, event.endsAt ?? -1]) ?? [];
    expect([...moments].sort((left, right) => left - right)).toEqual(moments);
    // Both clocks are read to the millisecond: one of AWS's time is far less than one here.
    expect(moments[0]).toBeGreaterThanOrEqual(-0.002);
    expect(deployment?.endsAt).toBeLessThanOrEqual(seconds + 0.002);
    const both = await collect(before);
    expect(both.releases.flatMap(({ deployments }) => deployments)).toHaveLength(2);
  });

  it('says which deployment failed, why, and which one takes it back', async () => {
    world.replacementsAreHealthy = false;
    await codedeploy.createDeploymentGroup({
      ...groupInput,
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST'] },
    });
    const from = Date.now();
    const id = await deploy();
    await until(codedeploy, id, ({ status }) => status === 'InProgress');
    await codedeploy.stopDeployment({ deploymentId: id, autoRollbackEnabled: true });
    const { rollbackInfo } = await until(codedeploy, id, (it) => ended(it) && it.rollbackInfo !== undefined);
    const rollback = rollbackInfo?.rollbackDeploymentId ?? '';
    world.replacementsAreHealthy = true;
    await until(codedeploy, rollback, ended);
    const { releases } = await collect(from);
    expect(releases[0]?.deployments).toMatchObject([
      { deploymentId: id, status: 'Stopped', error: { code: 'MANUAL_STOP' } },
      { deploymentId: rollback, rollbackOf: id },
    ]);
  });

  it('has no releases and no traffic where there were none', async () => {
    expect(await collect(Date.now())).toMatchObject({ releases: [], runs: [] });
    expect(await collect(Date.now())).not.toHaveProperty('traffic');
  });
});
