import fc from 'fast-check';
import { stackOf } from '../test/pricing.ts';
import { catalogue } from './catalogue.ts';
import { parseTemplate } from './document.ts';
import { unresolvedIn } from './placeholder.ts';
import { resolve } from './resolve.ts';
import type { Stack } from './stack.ts';

function value(expression: string, rest = '', overrides: Partial<Stack> = {}): unknown {
  const text = `${rest}\nResources:\n  R:\n    Type: T\n    Properties:\n      V: ${expression}\n  Other: { Type: T }`;
  return catalogue([stackOf(text, overrides)]).resources[0]?.properties.V;
}

describe('intrinsic functions', () => {
  const mappings = 'Mappings: { Sizes: { us-east-1: { small: t3.micro } } }';
  const parameters =
    "Parameters: { Name: { Default: web }, Zones: { Type: CommaDelimitedList, Default: 'a, b' }, Free: { Type: String } }";
  const conditions =
    'Conditions: { Yes: !Equals [1, "1"], No: !Not [!Condition Yes], Both: !And [!Condition Yes, !Condition No], Any: !Or [!Condition Yes, !Condition No], Round: !Condition Round }';

  it.each<[string, string, string, unknown]>([
    ['Ref of a parameter', '!Ref Name', parameters, 'web'],
    ['Ref of a list parameter', '!Ref Zones', parameters, ['a', 'b']],
    ['Ref of a pseudo parameter', '!Ref AWS::Region', '', 'us-east-1'],
    ['Ref of a resource', '!Ref Other', '', '⟦app|Other|⟧'],
    ['GetAtt, short', '!GetAtt Other.Arn.Part', '', '⟦app|Other|Arn.Part⟧'],
    ['GetAtt, long', '{ "Fn::GetAtt": [Other, Arn] }', '', '⟦app|Other|Arn⟧'],
    [
      'Sub',
      `!Sub '\${Name}-\${AWS::AccountId}-\${!Literal}-\${Other.Arn}'`,
      parameters,
      `web-111122223333-\${Literal}-⟦app|Other|Arn⟧`,
    ],
    [
      'Sub with variables',
      `!Sub ['\${X}/\${Name}', { X: !Join ['-', [a, !Ref Name]] }]`,
      parameters,
      'a-web/web',
    ],
    ['Join', '!Join [":", [a, !Ref Other, b]]', '', 'a:⟦app|Other|⟧:b'],
    ['Split and Select', '!Select [1, !Split ["/", "a/b/c"]]', '', 'b'],
    [
      'a reference survives Join, Split and Select',
      '!Select [1, !Split ["/", !Join ["/", [s, !Ref Other]]]]',
      '',
      '⟦app|Other|⟧',
    ],
    ['FindInMap', '!FindInMap [Sizes, !Ref AWS::Region, small]', mappings, 't3.micro'],
    ['FindInMap with a default', '!FindInMap [Sizes, x, y, { DefaultValue: d }]', mappings, 'd'],
    ['If', '!If [Yes, 1, 2]', conditions, 1],
    ['If, not', '!If [No, 1, 2]', conditions, 2],
    ['If, and', '!If [Both, 1, 2]', conditions, 2],
    ['If, or', '!If [Any, 1, 2]', conditions, 1],
    ['NoValue in a list', '[1, !Ref AWS::NoValue, 2]', '', [1, 2]],
    ['GetAZs', '!Select [0, !GetAZs ""]', '', 'us-east-1a'],
    ['Length', '!Length [1, 2, 3]', '', 3],
    ['Base64', '!Base64 a', '', 'a'],
    ['ToJsonString', '!ToJsonString { a: !Ref Name }', parameters, '{"a":"web"}'],
  ])('%s', (_, expression, rest, expected) => {
    expect(value(expression, rest)).toEqual(expected);
  });

  it.each<[string, string, string, RegExp]>([
    ['a parameter without a value', '!Ref Free', parameters, /parameter Free of stack app/],
    ['a name that is nothing', '!Ref Nothing', '', /neither a parameter nor a resource/],
    ['an attribute of nothing', '!GetAtt No.Arn', '', /no such resource/],
    ['an export that nobody has', '!ImportValue shared', '', /no template given exports/],
    ['a map without the key', '!FindInMap [Sizes, a, b]', mappings, /FindInMap Sizes.a.b/],
    ['an item that is not there', '!Select [5, [a]]', '', /item 5/],
    ['a condition that goes in a circle', '!If [Round, 1, 2]', conditions, /condition Round/],
    ['a function nobody knows', '{ "Fn::Nonsense": 1 }', '', /Fn::Nonsense/],
    ['a macro', '{ "Fn::Transform": { Name: AWS::Include } }', '', /AWS::Include/],
  ])('%s is a placeholder that says so', (_, expression, rest, expected) => {
    expect(unresolvedIn(value(expression, rest))).toMatch(expected);
  });

  it('an SSM parameter’s default is a name, not a value', () => {
    const ssm = "Parameters: { Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /aws/ami } }";
    expect(unresolvedIn(value('!Ref Image', ssm))).toContain('the SSM parameter /aws/ami');
  });
});

describe('across stacks', () => {
  const network = stackOf(
    `Resources: { Subnet: { Type: AWS::EC2::Subnet } }
Outputs: { Out: { Value: !Ref Subnet, Export: { Name: !Sub '\${AWS::StackName}-subnet' } } }`,
    { id: 'net', name: 'net' },
  );

  it('ImportValue reaches the resource behind an export, in any order of stacks', () => {
    const app = stackOf('Resources: { R: { Type: T, Properties: { V: !ImportValue net-subnet } } }');
    for (const stacks of [
      [network, app],
      [app, network],
    ]) {
      const found = catalogue(stacks);
      const resource = found.resources.find(({ type }) => type === 'T');
      expect(found.target(resource?.properties.V)?.id).toBe('net/Subnet');
    }
  });

  it('exports that import one another end', () => {
    const one = stackOf(
      'Resources: { R: { Type: T, Properties: { V: !ImportValue b } } }\nOutputs: { A: { Value: !ImportValue b, Export: { Name: a } } }',
      { id: 'one', name: 'one' },
    );
    const two = stackOf(
      'Resources: { Q: { Type: T } }\nOutputs: { B: { Value: !ImportValue a, Export: { Name: b } } }',
      { id: 'two', name: 'two' },
    );
    const [resource] = catalogue([one, two]).resources;
    expect(unresolvedIn(resource?.properties.V)).toContain('circle');
  });

  it('a nested stack’s parameters and outputs', () => {
    const parent = stackOf(`Resources:
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { Parameters: { Size: !Ref AWS::Region } } }
  R: { Type: T, Properties: { V: !GetAtt Nested.Outputs.Id } }`);
    const nested = stackOf(
      'Parameters: { Size: {} }\nResources: { Inner: { Type: I, Properties: { S: !Ref Size } } }\nOutputs: { Id: { Value: !Ref Inner } }',
      {
        id: 'app/Nested',
        name: 'app-Nested',
        parameters: { Size: { Ref: 'AWS::Region' } },
      },
    );
    const found = catalogue([parent, nested]);
    expect(found.ofType('I')[0]?.properties.S).toBe('us-east-1');
    expect(found.target(found.ofType('T')[0]?.properties.V)?.type).toBe('I');
  });

  it('a resource whose condition does not hold is not there; one in doubt is, and is named', () => {
    const found = catalogue([
      stackOf(`Parameters: { Free: { Type: String } }
Conditions: { No: !Equals [a, b], Maybe: !Equals [!Ref Free, x] }
Resources: { A: { Type: T, Condition: No }, B: { Type: T, Condition: Maybe } }`),
    ]);
    expect(found.resources.map(({ logicalId }) => logicalId)).toEqual(['B']);
    expect(found.doubts.map(({ condition }) => condition)).toEqual(['Maybe']);
  });
});

function intrinsicsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value)
    ? []
    : Object.keys(value).filter((key) => /^(Ref$|Condition$|Fn::)/.test(key));
  return [...own, ...Object.values(value).flatMap(intrinsicsIn)];
}

describe('whatever a template says', () => {
  const names = ['A', 'B', 'C', 'AWS::Region', 'AWS::NoValue', 'Nowhere'];
  const name = fc.constantFrom(...names);
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => {
    const node = tie('tree');
    const list = fc.array(node, { maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.constantFrom<unknown>('a', 'x/y', 0, 1, true, null, ''),
        fc.record({ Ref: name }),
        fc.record({ 'Fn::GetAtt': fc.oneof(fc.tuple(name, fc.constant('Arn')), list) }),
        fc.record({
          'Fn::Sub': fc.oneof(
            name.map((each) => `\${${each}}-x`),
            node,
          ),
        }),
        fc.record({ 'Fn::Join': fc.oneof(fc.tuple(fc.constant('/'), node), node) }),
        fc.record({ 'Fn::Split': fc.oneof(fc.tuple(fc.constant('/'), node), node) }),
        fc.record({ 'Fn::Select': fc.oneof(fc.tuple(fc.constantFrom(0, 1), node), node) }),
        fc.record({ 'Fn::If': fc.oneof(fc.tuple(name, node, node), node) }),
        fc.record({ 'Fn::Equals': fc.oneof(fc.tuple(node, node), node) }),
        fc.record({ 'Fn::And': list }),
        fc.record({ 'Fn::Not': list }),
        fc.record({ Condition: name }),
        fc.record({ 'Fn::FindInMap': list }),
        fc.record({ 'Fn::ImportValue': node }),
        fc.record({ 'Fn::GetAZs': node }),
        fc.record({ 'Fn::Cidr': list }),
        fc.record({ 'Fn::Length': node }),
        list,
        fc.dictionary(fc.constantFrom('p', 'q'), node, { maxKeys: 2 }),
      ),
    };
  });

  it('resolving ends, and leaves no intrinsic function behind', () => {
    fc.assert(
      fc.property(tree, tree, tree, (one, two, three) => {
        const template = parseTemplate(
          JSON.stringify({
            Parameters: { C: { Default: 'c' } },
            Conditions: { A: one, B: { Condition: 'A' }, C: two },
            Resources: {
              A: { Type: 'T', Properties: { V: three } },
              B: { Type: 'T', Condition: 'C', Properties: {} },
            },
            Outputs: {
              O: { Value: two, Export: { Name: one } },
              P: { Value: { 'Fn::ImportValue': one }, Export: { Name: three } },
            },
          }),
          'any.json',
        );
        const stack = stackOf('Resources: {}', { template });
        const found = catalogue([stack]);
        expect(found.resources.flatMap(({ properties }) => intrinsicsIn(properties))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('what is resolved stays the same when it is resolved again', () => {
    const scope = {
      stack: stackOf('Resources: { A: { Type: T } }'),
      stacks: [],
      visiting: new Set<string>(),
    };
    fc.assert(
      fc.property(tree, (expression) => {
        const once = resolve(expression, scope);
        expect(resolve(once, scope)).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });
});
