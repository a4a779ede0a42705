import fc from 'fast-check';
import { stringify } from 'yaml';
import { readAppSpec } from './appspec.ts';
import { hookableEventNames } from './engine/lifecycle.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);

const properties = fc.record(
  {
    TaskDefinition: name.map((family) => `arn:aws:ecs:us-east-1:123456789012:task-definition/${family}:1`),
    LoadBalancerInfo: fc.record({ ContainerName: name, ContainerPort: fc.integer({ min: 1, max: 65535 }) }),
    PlatformVersion: fc.constantFrom('LATEST', '1.4.0'),
    NetworkConfiguration: fc.record({
      AwsvpcConfiguration: fc.record(
        {
          Subnets: fc.array(name, { minLength: 1, maxLength: 3 }),
          SecurityGroups: fc.array(name, { maxLength: 3 }),
          AssignPublicIp: fc.constantFrom('ENABLED', 'DISABLED'),
        },
        { requiredKeys: ['Subnets'] },
      ),
    }),
    CapacityProviderStrategy: fc.array(
      fc.record({ CapacityProvider: name, Base: fc.nat(10), Weight: fc.nat(10) }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['TaskDefinition', 'LoadBalancerInfo'] },
);

const hooks = fc
  .uniqueArray(fc.record({ event: fc.constantFrom(...hookableEventNames), functionName: name }), {
    selector: ({ event }) => event,
  })
  .map((entries) => entries.map(({ event, functionName }) => ({ [event]: functionName })));

const specs = fc.record({ service: properties, hooks });

const documentOf = ({ service, hooks }: { service: object; hooks: object[] }) => ({
  version: 0.0,
  Resources: [{ TargetService: { Type: 'AWS::ECS::Service', Properties: service } }],
  Hooks: hooks,
});

const faultsOf = (content: string): string => {
  const reading = readAppSpec(content);
  return 'faults' in reading ? reading.faults.join('\n') : '';
};

describe('an AppSpec', () => {
  it('means the same in YAML and in JSON, with sections in either case', () => {
    fc.assert(
      fc.property(specs, fc.boolean(), (spec, lowerCase) => {
        const written = documentOf(spec);
        const sections = lowerCase
          ? { version: 0.0, resources: written.Resources, hooks: written.Hooks }
          : written;
        const expected = { appSpec: { service: spec.service, hooks: Object.assign({}, ...spec.hooks) } };
        expect(readAppSpec(JSON.stringify(sections))).toEqual(expected);
        expect(readAppSpec(stringify(sections))).toEqual(expected);
      }),
    );
  });

  it('is read or refused with a reason, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (content) => {
        const reading = readAppSpec(content);
        if ('faults' in reading) expect(reading.faults.join('')).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('takes the port as AWS’s YAML examples write it, in quotes', () => {
    const content = `version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: "arn:aws:ecs:us-east-1:111222333444:task-definition/web:3"
        LoadBalancerInfo:
          ContainerName: "web"
          ContainerPort: "80"
`;
    expect(readAppSpec(content)).toMatchObject({
      appSpec: { service: { LoadBalancerInfo: { ContainerPort: 80 } } },
    });
  });

  it('names every fault by its place', () => {
    const service = {
      LoadBalancerInfo: { ContainerName: '', ContainerPort: 70000 },
      CapacityProviders: [],
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [] } },
    };
    const faults = faultsOf(JSON.stringify(documentOf({ service, hooks: [{ AfterInstal: 'f' }] })));
    for (const place of [
      'TaskDefinition',
      'ContainerName',
      'ContainerPort',
      'CapacityProviders',
      'Subnets',
      'AfterInstal',
    ]) {
      expect(faults).toContain(place);
    }
  });

  it('has one TargetService and version 0.0', () => {
    const service = {
      TaskDefinition: 'web:1',
      LoadBalancerInfo: { ContainerName: 'web', ContainerPort: 80 },
    };
    const good = documentOf({ service, hooks: [] });
    expect(
      faultsOf(JSON.stringify({ ...good, Resources: [...good.Resources, ...good.Resources] })),
    ).toContain('Resources');
    expect(faultsOf(JSON.stringify({ ...good, version: 1 }))).toContain('0.0');
    expect(faultsOf('[]')).toContain('no sections');
  });
});
