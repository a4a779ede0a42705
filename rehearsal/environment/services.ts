import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';
import { createErrorAlarm } from './alarms.ts';
import { type Clients, present } from './clients.ts';
import type { Network, ServiceRoute } from './network.ts';
import { createRoles } from './roles.ts';

export interface ServicesOptions {
  clients: Clients;
  manifest: Manifest;
  environment: string;
  accountId: string;
  region: string;
  network: Network;
  /** service → repository@digest of the first image. */
  images: Readonly<Record<string, string>>;
  /** Where the services share what they remember. */
  cacheUrl: string;
}

/** Cluster, task definitions, services and deployment groups, as the infrastructure stacks create them. */
export async function createServices(options: ServicesOptions): Promise<void> {
  const { clients, manifest, environment } = options;
  const names = environmentNames(manifest, environment);
  await createRoles(clients, manifest, environment);
  await clients.ecs.createCluster({
    clusterName: names.cluster,
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
  });
  await clients.codeDeploy.createApplication({ applicationName: names.application, computePlatform: 'ECS' });
  const secret = await clients.secrets.createSecret({
    Name: `${manifest.product}/${environment}/token`,
    SecretString: 'signs-the-tokens-of-a-rehearsal',
  });
  const tokenSecret = present(secret.ARN, 'the secret’s ARN');
  await Promise.all(
    Object.keys(manifest.services).map((service) => createService(options, service, tokenSecret)),
  );
}

async function createService(options: ServicesOptions, service: string, tokenSecret: string): Promise<void> {
  const { clients, manifest, environment, network } = options;
  const { cluster } = environmentNames(manifest, environment);
  const declared = present(manifest.services[service], service);
  const names = serviceNames(manifest, environment, service);
  const route = present(network.routes[service], `the route of ${service}`);
  await clients.logs.createLogGroup({ logGroupName: names.logGroup });
  const taskDefinition = await registerTaskDefinition(options, service, tokenSecret);
  await clients.ecs.createService({
    cluster,
    serviceName: names.service,
    taskDefinition,
    desiredCount: declared.tasks.min,
    deploymentController: { type: 'CODE_DEPLOY' },
    capacityProviderStrategy: [
      { capacityProvider: declared.capacity === 'spot' ? 'FARGATE_SPOT' : 'FARGATE', base: 0, weight: 1 },
    ],
    platformVersion: '1.4.0',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: 'DISABLED',
      },
    },
    loadBalancers: [
      { targetGroupArn: route.blue, containerName: names.container, containerPort: declared.port },
    ],
    healthCheckGracePeriodSeconds: 600,
  });
  await clients.autoScaling.registerScalableTarget({
    ServiceNamespace: 'ecs',
    ScalableDimension: 'ecs:service:DesiredCount',
    ResourceId: `service/${cluster}/${names.service}`,
    MinCapacity: declared.tasks.min,
    MaxCapacity: declared.tasks.max,
  });
  await createDeploymentGroup(options, service, route);
}

async function registerTaskDefinition(
  { clients, manifest, environment, accountId, region, images, network, cacheUrl }: ServicesOptions,
  service: string,
  tokenSecret: string,
): Promise<string> {
  const declared = present(manifest.services[service], service);
  const names = serviceNames(manifest, environment, service);
  const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
  const { taskDefinition } = await clients.ecs.registerTaskDefinition({
    family: names.family,
    cpu: String(declared.cpu),
    memory: String(declared.memory),
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    runtimePlatform: {
      cpuArchitecture: manifest.platform === 'linux/arm64' ? 'ARM64' : 'X86_64',
      operatingSystemFamily: 'LINUX',
    },
    executionRoleArn: roleArn(environmentNames(manifest, environment).executionRole),
    taskRoleArn: roleArn(names.taskRole),
    containerDefinitions: [
      {
        name: names.container,
        image: present(images[service], `the image of ${service}`),
        essential: true,
        portMappings: [{ containerPort: declared.port, protocol: 'tcp' }],
        environment: [
          { name: 'REDIS_URL', value: cacheUrl },
          ...Object.entries(network.routes).map(([other, { url }]) => ({
            name: `${other.toUpperCase().replaceAll('-', '_')}_URL`,
            value: url,
          })),
        ],
        secrets: service === 'auth' ? [{ name: 'TOKEN_SECRET', valueFrom: tokenSecret }] : [],
        stopTimeout: 30,
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': names.logGroup,
            'awslogs-region': region,
            'awslogs-stream-prefix': service,
          },
        },
      },
    ],
  });
  return present(taskDefinition?.taskDefinitionArn, 'taskDefinitionArn');
}

async function createDeploymentGroup(
  options: ServicesOptions,
  service: string,
  route: ServiceRoute,
): Promise<void> {
  const { clients, manifest, environment, accountId } = options;
  const names = serviceNames(manifest, environment, service);
  const { application, cluster, codeDeployRole } = environmentNames(manifest, environment);
  const alarm = await createErrorAlarm(clients, `${manifest.product}-${environment}`, service, route);
  await clients.codeDeploy.createDeploymentGroup({
    applicationName: application,
    deploymentGroupName: names.deploymentGroup,
    serviceRoleArn: `arn:aws:iam::${accountId}:role/${codeDeployRole}`,
    deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    blueGreenDeploymentConfiguration: {
      deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 },
      terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 30 },
    },
    autoRollbackConfiguration: {
      enabled: true,
      events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
    },
    alarmConfiguration: { enabled: true, alarms: [{ name: alarm }] },
    ecsServices: [{ clusterName: cluster, serviceName: names.service }],
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: names.blueTargetGroup }, { name: names.greenTargetGroup }],
          prodTrafficRoute: { listenerArns: [route.productionListener] },
          testTrafficRoute: { listenerArns: [route.testListener] },
        },
      ],
    },
  });
}
