import type { ContainerDefinition, RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { awsError } from '../../kernel/error.ts';
import { fargateSize } from './fargate-size.ts';

/**
 * A task definition as ECS keeps it, its defaults filled in.
 * @throws ClientException for what ECS refuses, in its sentences.
 */
export function taskDefinitionOf(input: RegisterTaskDefinitionRequest): TaskDefinition {
  const { tags: _, ...rest } = input;
  const onFargate = input.requiresCompatibilities?.includes('FARGATE') ?? false;
  const containers = input.containerDefinitions ?? [];
  refuseNames(input.family ?? '', containers);
  if (onFargate) refuseForFargate(input, containers);
  else refuseForEc2(input, containers);
  if (containers.some(({ secrets }) => secrets?.length) && !input.executionRoleArn) {
    throw awsError(
      'ClientException',
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  return {
    ...rest,
    ...(onFargate ? fargateSize(input.cpu, input.memory) : {}),
    containerDefinitions: containers.map((container) =>
      withDefaults(container, input.networkMode === 'awsvpc'),
    ),
    volumes: input.volumes ?? [],
    placementConstraints: input.placementConstraints ?? [],
    compatibilities: input.networkMode === 'awsvpc' ? ['EC2', 'FARGATE'] : ['EXTERNAL', 'EC2'],
    requiresAttributes: requiredAttributes(input),
  };
}

function refuseNames(family: string, containers: readonly ContainerDefinition[]): void {
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(family)) {
    throw awsError('ClientException', 'Family contains invalid characters.');
  }
  if (containers.length === 0) throw awsError('ClientException', 'Container list cannot be empty.');
  for (const { name, image } of containers) {
    if (!name) throw awsError('ClientException', 'Container.name should not be null or empty.');
    if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) {
      throw awsError('ClientException', 'Container.name contains invalid characters.');
    }
    if (!image) throw awsError('ClientException', 'Container.image should not be null or empty.');
    if (/\s/.test(image)) throw awsError('ClientException', 'Container.image contains invalid characters.');
  }
  const names = containers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice)
    throw awsError('ClientException', `Container.name ${twice} must be unique in the task definition.`);
  if (containers.every(({ essential }) => essential === false)) {
    throw awsError('ClientException', 'Task definition must have at least one essential container.');
  }
  refuseDependencies(containers);
}

function refuseDependencies(containers: readonly ContainerDefinition[]): void {
  for (const { name, dependsOn = [] } of containers) {
    for (const { containerName, condition } of dependsOn) {
      const dependency = containers.find((container) => container.name === containerName);
      if (!dependency) {
        throw awsError(
          'ClientException',
          `Invalid 'dependsOn' setting for container: '${name}'. Container '${containerName}' does not exist in the task definition.`,
        );
      }
      if (condition === 'HEALTHY' && !dependency.healthCheck) {
        throw awsError(
          'ClientException',
          `Invalid 'dependsOn' setting for container: '${name}'. Container '${containerName}' has no health check, which condition HEALTHY requires.`,
        );
      }
    }
  }
}

function refuseForFargate(
  { networkMode, executionRoleArn }: RegisterTaskDefinitionRequest,
  containers: readonly ContainerDefinition[],
): void {
  if (networkMode !== 'awsvpc') {
    throw awsError('ClientException', 'Fargate only supports network mode ‘awsvpc’.');
  }
  for (const { portMappings = [], logConfiguration, image } of containers) {
    if (portMappings.some(({ hostPort, containerPort }) => hostPort && hostPort !== containerPort)) {
      throw awsError(
        'ClientException',
        'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      );
    }
    if (executionRoleArn) continue;
    if (image?.includes('.dkr.ecr.')) {
      throw awsError(
        'ClientException',
        'Fargate requires task definition to have execution role ARN to support ECR images.',
      );
    }
    if (logConfiguration?.logDriver === 'awslogs') {
      throw awsError(
        'ClientException',
        'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
      );
    }
  }
}

function refuseForEc2(
  input: RegisterTaskDefinitionRequest,
  containers: readonly ContainerDefinition[],
): void {
  const without = containers.find(({ memory, memoryReservation }) => !memory && !memoryReservation);
  if (input.memory || !without) return;
  throw awsError(
    'ClientException',
    `Invalid setting for container '${without.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
  );
}

function withDefaults(container: ContainerDefinition, awsvpc: boolean): ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      hostPort: mapping.hostPort ?? (awsvpc ? mapping.containerPort : 0),
      protocol: mapping.protocol ?? 'tcp',
    })),
    ...(container.healthCheck
      ? { healthCheck: { interval: 30, timeout: 5, retries: 3, ...container.healthCheck } }
      : {}),
  };
}

function requiredAttributes(input: RegisterTaskDefinitionRequest): { name: string }[] {
  const containers = input.containerDefinitions ?? [];
  const names = [
    ...(containers.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs')
      ? ['com.amazonaws.ecs.capability.logging-driver.awslogs', 'ecs.capability.execution-role-awslogs']
      : []),
    ...(containers.some(({ image }) => image?.includes('.dkr.ecr.'))
      ? ['com.amazonaws.ecs.capability.ecr-auth', 'ecs.capability.execution-role-ecr-pull']
      : []),
    'com.amazonaws.ecs.capability.docker-remote-api.1.18',
    ...(input.taskRoleArn ? ['com.amazonaws.ecs.capability.task-iam-role'] : []),
    ...(input.networkMode === 'awsvpc' ? ['ecs.capability.task-eni'] : []),
  ];
  return names.map((name) => ({ name }));
}
