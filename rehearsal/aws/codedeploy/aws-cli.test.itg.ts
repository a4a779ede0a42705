import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedAws, startAws } from '../server.ts';
import { appSpecContent, groupInput } from './test/group.ts';
import { createNeighbours } from './test/neighbours.ts';

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
const withAwsCli = hasAwsCli ? describe : describe.skip;
const run = promisify(execFile);

withAwsCli(`the AWS CLI${hasAwsCli ? '' : ' (skipped: there is no AWS CLI)'}`, () => {
  let aws: EmbeddedAws;
  let folder: string;

  beforeAll(async () => {
    aws = await startAws({ timeScale: 6000 });
    for (const service of createNeighbours().services) aws.kernel.register(service);
    folder = await mkdtemp(join(tmpdir(), 'codedeploy-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
    await aws.stop();
  });

  /** `aws deploy …`; the endpoint is given as an option too, for CLIs that know no AWS_ENDPOINT_URL. */
  const deploy = async (...args: string[]): Promise<unknown> => {
    const options = ['--endpoint-url', aws.url, '--output', 'json', 'deploy', ...args];
    const { stdout } = await run('aws', options, { env: { PATH: process.env.PATH, ...aws.env } });
    return stdout === '' ? undefined : JSON.parse(stdout);
  };

  it('creates a group from a file, deploys, waits and reads the target', async () => {
    const input = join(folder, 'group.json');
    const revision = join(folder, 'revision.json');
    await writeFile(input, JSON.stringify(groupInput));
    await writeFile(revision, JSON.stringify(appSpecContent()));
    await deploy('create-application', '--application-name', 'shop', '--compute-platform', 'ECS');
    await deploy('create-deployment-group', '--cli-input-json', `file://${input}`);
    const created = (await deploy(
      'create-deployment',
      ...[
        '--application-name',
        'shop',
        '--deployment-group-name',
        'search',
        '--revision',
        `file://${revision}`,
      ],
    )) as { deploymentId: string };
    await deploy('wait', 'deployment-successful', '--deployment-id', created.deploymentId);
    const target = await deploy(
      'get-deployment-target',
      ...['--deployment-id', created.deploymentId, '--target-id', 'main:search'],
    );
    expect(target).toMatchObject({
      deploymentTarget: { deploymentTargetType: 'ECSTarget', ecsTarget: { status: 'Succeeded' } },
    });
    await expect(
      deploy('continue-deployment', '--deployment-id', created.deploymentId),
    ).rejects.toMatchObject({ stderr: expect.stringContaining('DeploymentAlreadyCompletedException') });
  }, 60_000);
});
