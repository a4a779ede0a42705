import { CodeDeploy } from '@aws-sdk/client-codedeploy';
import { Lambda } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { appSpecContent, ended, eventsOf, groupInput, until } from '../codedeploy/test/group.ts';
import { createNeighbours } from '../codedeploy/test/neighbours.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let lambda: Lambda;

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  lambda = new Lambda(clientOptions(aws));
});

afterAll(async () => {
  lambda.destroy();
  await aws.stop();
});

const create = (FunctionName: string, code: string, changes: object = {}) =>
  lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::123456789012:role/hooks',
    Handler: 'index.handler',
    Timeout: 10,
    Code: { ZipFile: zipSync({ 'index.js': strToU8(code) }) },
    ...changes,
  });

const invoke = async (FunctionName: string, event: unknown) => {
  const answer = await lambda.invoke({
    FunctionName,
    Payload: Buffer.from(JSON.stringify(event)),
    LogType: 'Tail',
  });
  return {
    error: answer.FunctionError,
    payload: JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'),
  };
};

describe('a function', () => {
  it('answers its event, from a process that has its variables and its role', async () => {
    await create(
      'echo',
      `exports.handler = async (event) => {
        console.log('seen', event.name);
        const { STS } = require('@aws-sdk/client-sts');
        const { Arn } = await new STS({}).getCallerIdentity({});
        return { name: event.name, colour: process.env.COLOUR, home: process.env.HOME ?? null, Arn };
      };`,
      { Environment: { Variables: { COLOUR: 'green' } } },
    );
    expect(await invoke('echo', { name: 'pika' })).toEqual({
      error: undefined,
      payload: {
        name: 'pika',
        colour: 'green',
        home: null,
        Arn: 'arn:aws:sts::123456789012:assumed-role/hooks/echo',
      },
      log: expect.stringContaining('seen pika'),
    });
  });

  it('may call back, throw, or end its process', async () => {
    await create(
      'calls-back',
      'exports.handler = (event, context, callback) => callback(null, event.a + 1);',
    );
    await create('throws', 'exports.handler = async () => { throw new TypeError("no such colour"); };');
    await create('exits', 'exports.handler = async () => process.exit(1);');
    expect((await invoke('calls-back', { a: 1 })).payload).toBe(2);
    expect(await invoke('throws', {})).toMatchObject({
      error: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'no such colour' },
    });
    expect((await invoke('exits', {})).error).toBe('Unhandled');
  });

  it('is refused twice, unknown, from what is no zip, and with another runtime', async () => {
    await create('once', 'exports.handler = async () => 1;');
    await expect(create('once', '')).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await expect(create('python', '', { Runtime: 'python3.13' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await expect(create('text', '', { Code: { ZipFile: Buffer.from('no zip') } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    const climbing = { Code: { ZipFile: zipSync({ '../../escaped.js': strToU8('') }) } };
    await expect(create('climbs', '', climbing)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await lambda.deleteFunction({ FunctionName: 'once' });
    await expect(lambda.getFunction({ FunctionName: 'once' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:123456789012:function:once',
    });
  });
});

describe('a deployment’s hook', () => {
  it('is a function that decides whether green may serve', async () => {
    const codedeploy = new CodeDeploy(clientOptions(aws));
    const world = createNeighbours();
    for (const service of world.services) aws.kernel.register(service);
    await create(
      'verify',
      `const { CodeDeploy } = require('@aws-sdk/client-codedeploy');
      exports.handler = async (event) => {
        const codedeploy = new CodeDeploy({});
        const { deploymentInfo } = await codedeploy.getDeployment({ deploymentId: event.DeploymentId });
        await codedeploy.putLifecycleEventHookExecutionStatus({
          deploymentId: event.DeploymentId,
          lifecycleEventHookExecutionId: event.LifecycleEventHookExecutionId,
          status: deploymentInfo.description === 'good' ? 'Succeeded' : 'Failed',
        });
      };`,
    );
    await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
    await codedeploy.createDeploymentGroup({
      ...groupInput,
      blueGreenDeploymentConfiguration: {
        ...groupInput.blueGreenDeploymentConfiguration,
        terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE' },
      },
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
    });
    const deploy = async (description: string, functionName: string) => {
      const { deploymentId = '' } = await codedeploy.createDeployment({
        applicationName: 'shop',
        deploymentGroupName: 'search',
        description,
        revision: appSpecContent({ hooks: { AfterAllowTestTraffic: functionName } }),
      });
      const deployment = await until(codedeploy, deploymentId, ended);
      const rollback = deployment.rollbackInfo?.rollbackDeploymentId;
      if (rollback) await until(codedeploy, rollback, ended);
      return deployment;
    };
    expect((await deploy('good', 'verify')).status).toBe('Succeeded');
    const bad = await deploy('bad', 'verify');
    expect(bad).toMatchObject({ status: 'Failed', errorInformation: { code: 'HOOK_EXECUTION_FAILURE' } });
    expect(await eventsOf(codedeploy, bad.deploymentId ?? '')).toMatchObject({
      AfterAllowTestTraffic: 'Failed',
    });
    expect(await deploy('good', 'nowhere')).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'INVALID_LAMBDA_FUNCTION',
        message: expect.stringContaining('Function not found'),
      },
    });
    expect(world.productionWeights.filter(({ one = 0 }) => one > 0 && one < 100)).toEqual([]);
    codedeploy.destroy();
  });
});
