import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeDeploy, CreateDeploymentGroupInput } from '@aws-sdk/client-codedeploy';
import { ECS, type TaskSet } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { buildImage } from '../../../build/test/image.ts';
import type { EmbeddedAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';
import { groupInput } from './group.ts';

/** Answers with its version; `bad` fails every request but its health check, `sick` that too, `crash` never starts. */
const program = `
const version = process.env.VERSION;
if (version === 'crash') process.exit(1);
const server = require('node:http').createServer((request, response) => {
  const fails = version === 'sick' || (version === 'bad' && request.url !== '/health');
  response.writeHead(fails ? 500 : 200).end('search:' + version);
});
server.listen(3000, process.env.HOST);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } };

/** A service with real tasks behind real listeners, and its deployment group. */
export interface Shop {
  urls: { production: string; test: string };
  /** As CloudWatch names the load balancer. */
  loadBalancer: string;
  /** Registers the task definition of a version. */
  register(version: string): Promise<string>;
  taskSets(): Promise<TaskSet[]>;
  close(): void;
}

export async function openShop(
  aws: EmbeddedAws,
  codedeploy: CodeDeploy,
  changes: Partial<CreateDeploymentGroupInput>,
): Promise<Shop> {
  const ecs = new ECS(clientOptions(aws));
  const elb = new ElasticLoadBalancingV2(clientOptions(aws));
  const image = await pushProgram(aws);
  const { targetGroups, listeners, loadBalancer } = await openLoadBalancer(elb);
  const register = async (version: string): Promise<string> => {
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'search',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [
        {
          name: 'app',
          image,
          portMappings: [{ containerPort: 3000 }],
          environment: [{ name: 'VERSION', value: version }],
          stopTimeout: 30,
        },
      ],
    });
    return taskDefinition?.taskDefinitionArn ?? '';
  };
  await ecs.createCluster({ clusterName: 'main', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await ecs.createService({
    cluster: 'main',
    serviceName: 'search',
    taskDefinition: await register('1'),
    desiredCount: 2,
    deploymentController: { type: 'CODE_DEPLOY' },
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    networkConfiguration,
    loadBalancers: [{ targetGroupArn: targetGroups[0], containerName: 'app', containerPort: 3000 }],
  });
  await codedeploy.createApplication({ applicationName: 'shop', computePlatform: 'ECS' });
  await codedeploy.createDeploymentGroup({
    ...groupInput,
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: 'one' }, { name: 'two' }],
          prodTrafficRoute: { listenerArns: [listeners.production.arn] },
          testTrafficRoute: { listenerArns: [listeners.test.arn] },
        },
      ],
    },
    ...changes,
  });
  const taskSets = async () => {
    const { services } = await ecs.describeServices({ cluster: 'main', services: ['search'] });
    return services?.[0]?.taskSets ?? [];
  };
  while ((await taskSets()).some(({ stabilityStatus }) => stabilityStatus !== 'STEADY_STATE'))
    await sleep(20);
  return {
    urls: { production: listeners.production.url, test: listeners.test.url },
    loadBalancer,
    register,
    taskSets,
    close: () => {
      ecs.destroy();
      elb.destroy();
    },
  };
}

function pushProgram(aws: EmbeddedAws): Promise<string> {
  return buildImage(aws.env, {
    repository: 'search',
    files: { 'server.cjs': program },
    dockerfile: 'FROM scratch\nWORKDIR /app\nCOPY server.cjs .\nCMD ["node", "/app/server.cjs"]\n',
  });
}

async function openLoadBalancer(elb: ElasticLoadBalancingV2) {
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'shop', Subnets: ['subnet-a', 'subnet-b'] });
  const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {};
  const targetGroup = async (Name: string): Promise<string> => {
    const { TargetGroups } = await elb.createTargetGroup({
      ...{ Name, TargetType: 'ip', Protocol: 'HTTP', Port: 3000, VpcId: 'vpc-1' },
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    });
    const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '10' }];
    await elb.modifyTargetGroupAttributes({ TargetGroupArn: arn, Attributes });
    return arn;
  };
  const targetGroups: [string, string] = [await targetGroup('one'), await targetGroup('two')];
  const listener = async () => {
    const Port = await freePort(DNSName);
    const weights = targetGroups.map((TargetGroupArn, index) => ({
      TargetGroupArn,
      Weight: index === 0 ? 100 : 0,
    }));
    const DefaultActions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups: weights } }];
    const { Listeners } = await elb.createListener({
      LoadBalancerArn,
      Port,
      Protocol: 'HTTP',
      DefaultActions,
    });
    return { arn: Listeners?.[0]?.ListenerArn ?? '', url: `http://${DNSName}:${Port}/` };
  };
  const listeners = { production: await listener(), test: await listener() };
  return { targetGroups, listeners, loadBalancer: LoadBalancerArn.split(':loadbalancer/')[1] ?? '' };
}

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === 'object' && bound ? bound.port : 0;
}

export interface Users {
  /** Answers so far, by status and body: `200 search:1`. */
  seen: Map<string, number>;
  leave(): Promise<void>;
}

/** Four users, each asking again 5 ms after its last answer. */
export function usersOf(url: string): Users {
  const seen = new Map<string, number>();
  let leaving = false;
  const ask = async () => {
    while (!leaving) {
      const answer = await fetch(url)
        .then(async (response) => `${response.status} ${await response.text()}`)
        .catch((error: Error) => `lost: ${error.message}`);
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
      await sleep(5);
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, ask));
  return {
    seen,
    leave: async () => {
      leaving = true;
      await all;
    },
  };
}
