import type { TaskDefinition } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { differences, registration, withChange } from './task-definition.ts';

const live: TaskDefinition = {
  taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/pika-search:7',
  family: 'pika-search',
  revision: 7,
  status: 'ACTIVE',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  containerDefinitions: [
    {
      name: 'search',
      image: 'r/search@sha256:old',
      environment: [
        { name: 'A', value: '1' },
        { name: 'EMPTY', value: '' },
      ],
      secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/token' }],
      portMappings: [{ containerPort: 3004 }],
      command: ['node', 'server'],
    },
    { name: 'sidecar', image: 'r/sidecar:1', essential: false },
  ],
};

test('only the image of the named container changes', () => {
  const wanted = withChange(live, 'search', { image: 'r/search@sha256:new' });
  expect(differences(live, wanted)).toEqual([
    {
      path: 'containerDefinitions.search.image',
      from: 'r/search@sha256:old',
      to: 'r/search@sha256:new',
    },
  ]);
});

test('named variables are set, others and empty ones stay', () => {
  const wanted = withChange(live, 'search', {
    image: 'r/search@sha256:old',
    environment: { A: '2', B: '3' },
  });
  expect(differences(live, wanted).map(({ path }) => path)).toEqual([
    'containerDefinitions.search.environment.A.value',
    'containerDefinitions.search.environment.B.name',
    'containerDefinitions.search.environment.B.value',
  ]);
  expect(wanted.containerDefinitions?.[0]?.environment).toContainEqual({ name: 'EMPTY', value: '' });
  expect(wanted.containerDefinitions?.[0]?.secrets).toHaveLength(1);
});

test('a variable that becomes a secret is not there twice, which ECS refuses', () => {
  const wanted = withChange(live, 'search', {
    image: 'r/search@sha256:old',
    secrets: { A: 'arn:aws:ssm:x' },
  });
  const container = wanted.containerDefinitions?.[0];
  expect(container?.environment?.map(({ name }) => name)).toEqual(['EMPTY']);
  expect(container?.secrets?.map(({ name }) => name)).toEqual(['TOKEN', 'A']);
});

test('what ECS fills in by default is no difference', () => {
  const described: TaskDefinition = {
    ...live,
    revision: 8,
    volumes: [],
    placementConstraints: [],
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    ephemeralStorage: { sizeInGiB: 20 },
    containerDefinitions: [
      { ...live.containerDefinitions?.[1], cpu: 0, mountPoints: [], portMappings: [] },
      {
        ...live.containerDefinitions?.[0],
        essential: true,
        cpu: 0,
        volumesFrom: [],
        portMappings: [{ containerPort: 3004, hostPort: 3004, protocol: 'tcp' }],
      },
    ],
  };
  expect(differences(live, described)).toEqual([]);
});

test('the order of a command counts, the order of variables does not', () => {
  const [search, sidecar] = live.containerDefinitions ?? [];
  const turned = { ...search, environment: search?.environment?.toReversed() };
  expect(differences(live, { ...live, containerDefinitions: [sidecar ?? {}, turned] })).toEqual([]);
  const other = { ...search, command: search?.command?.toReversed() };
  expect(differences(live, { ...live, containerDefinitions: [other, sidecar ?? {}] })).toHaveLength(1);
});

test('a registration takes nothing that only an answer has, and drops nothing else', () => {
  const input = registration(live);
  expect(input).not.toHaveProperty('revision');
  expect(input).not.toHaveProperty('taskDefinitionArn');
  expect(input.containerDefinitions).toBe(live.containerDefinitions);
});

const variables = fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[A-Z]{1,6}$/), value: fc.string() }), {
  selector: ({ name }) => name,
});

test('property: a definition differs from itself in nothing, however its lists are turned', () => {
  fc.assert(
    fc.property(variables, variables, (environment, more) => {
      const definition = (list: typeof environment): TaskDefinition => ({
        ...live,
        containerDefinitions: [{ name: 'search', image: 'i', environment: list }],
      });
      expect(differences(definition(environment), definition(environment.toReversed()))).toEqual([]);
      const change = Object.fromEntries(more.map(({ name, value }) => [name, value]));
      const wanted = withChange(definition(environment), 'search', { image: 'i', environment: change });
      const names = differences(definition(environment), wanted).map(({ path }) => path.split('.')[3]);
      const before = new Map(environment.map(({ name, value }) => [name, value]));
      expect(new Set(names)).toEqual(
        new Set(more.filter(({ name, value }) => before.get(name) !== value).map(({ name }) => name)),
      );
    }),
  );
});
