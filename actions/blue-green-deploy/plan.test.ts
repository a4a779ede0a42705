import type { TaskDefinition } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import type { LiveService } from './live.ts';
import { changedSteps, dependencyLayers, planRelease } from './plan.ts';

const digest = (letter: string) =>
  `123456789012.dkr.ecr.us-east-1.amazonaws.com/s@sha256:${letter.repeat(64)}`;

function definition(name: string, revision: number, image: string): TaskDefinition {
  return {
    taskDefinitionArn: `arn:aws:ecs:us-east-1:123456789012:task-definition/${name}:${revision}`,
    family: name,
    revision,
    containerDefinitions: [{ name, image }],
  };
}

function live(
  name: string,
  options: { wanted: string; runs?: string; latest?: TaskDefinition; dependsOn?: string[] },
): LiveService {
  const current = definition(name, 1, options.runs ?? digest('a'));
  return {
    target: {
      name,
      cluster: 'c',
      service: name,
      application: 'a',
      deploymentGroup: name,
      image: { text: options.wanted, repository: 's', digest: 'd' },
      dependsOn: options.dependsOn ?? [],
    },
    service: { taskSets: [] },
    primary: {},
    group: {},
    container: name,
    port: 80,
    current,
    latest: options.latest ?? current,
  };
}

test('a service that runs what is wanted drops out', () => {
  const plan = planRelease([live('x', { wanted: digest('a') }), live('y', { wanted: digest('b') })]);
  expect(plan.steps.map(({ kind }) => kind)).toEqual(['unchanged', 'register']);
  expect(changedSteps(plan)).toHaveLength(1);
});

test('an equal revision that was registered but not released is used again', () => {
  const latest = definition('x', 2, digest('b'));
  const [step] = planRelease([live('x', { wanted: digest('b'), latest })]).steps;
  expect(step).toMatchObject({ kind: 'reuse', taskDefinition: latest.taskDefinitionArn });
});

test('a newer revision that is another is neither used nor mistaken for the live one', () => {
  const latest = definition('x', 2, digest('c'));
  const [step] = planRelease([live('x', { wanted: digest('b'), latest })]).steps;
  expect(step).toMatchObject({ kind: 'register', previousTaskDefinition: expect.stringMatching(/x:1$/) });
});

test('the hash tells the live state and the wanted images, not whether a revision is registered already', () => {
  const hash = (service: LiveService) => planRelease([service]).hash;
  const first = hash(live('x', { wanted: digest('b') }));
  expect(hash(live('x', { wanted: digest('b'), latest: definition('x', 2, digest('b')) }))).toBe(first);
  expect(hash(live('x', { wanted: digest('c') }))).not.toBe(first);
  expect(hash(live('x', { wanted: digest('b'), runs: digest('d') }))).not.toBe(first);
});

test('an attached deployment keeps its plan and finds both revisions by its task sets', () => {
  const service = live('x', { wanted: digest('b'), runs: digest('b') });
  service.service = {
    taskSets: [
      { externalId: 'd-1', taskDefinition: 'arn:green', status: 'PRIMARY' },
      { externalId: 'd-0', taskDefinition: 'arn:blue', status: 'ACTIVE' },
    ],
  };
  const deployment = {
    id: 'd-1',
    group: 'x',
    status: 'InProgress' as const,
    description: '',
    terminationWait: true,
    isRollback: false,
  };
  const plan = planRelease([service], new Map([['x', { deployment, plan: 'old' }]]));
  expect(plan.hash).toBe('old');
  expect(plan.steps[0]).toMatchObject({
    kind: 'attach',
    taskDefinition: 'arn:green',
    previousTaskDefinition: 'arn:blue',
  });
});

const graph = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 12 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name, index) =>
        fc.record({ name: fc.constant(name), dependsOn: fc.subarray(names.slice(0, index)) }),
      ),
    ),
  );

test('property: every service is in one layer, after all that it depends on', () => {
  fc.assert(
    fc.property(graph, (services) => {
      const layers = dependencyLayers(services.toReversed());
      expect(layers.flat().sort()).toEqual(services.map(({ name }) => name).sort());
      const layerOf = (name: string) => layers.findIndex((layer) => layer.includes(name));
      for (const { name, dependsOn } of services) {
        for (const dependency of dependsOn) expect(layerOf(dependency)).toBeLessThan(layerOf(name));
      }
    }),
  );
});

test('a circle ends, together', () => {
  const circle = [
    { name: 'a', dependsOn: ['b'] },
    { name: 'b', dependsOn: ['a'] },
  ];
  expect(dependencyLayers(circle)).toEqual([['a', 'b']]);
});
