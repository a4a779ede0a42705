import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { IAM } from '@aws-sdk/client-iam';
import { SSM } from '@aws-sdk/client-ssm';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let cloudFormation: CloudFormation;
let ssm: SSM;

beforeAll(async () => {
  aws = await startAws({ timeScale: 100 });
  cloudFormation = new CloudFormation(clientOptions(aws));
  ssm = new SSM(clientOptions(aws));
});
afterAll(() => aws.stop());

type Resources = Record<string, object>;
const body = (Resources: Resources, others: object = {}) => JSON.stringify({ ...others, Resources });
const parameter = (Name: string, Value: unknown, others: object = {}) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name, Value, Type: 'String' },
  ...others,
});

/** Waits until the stack is in a steady state. */
async function settled(StackName: string) {
  for (;;) {
    const { Stacks } = await cloudFormation.describeStacks({ StackName });
    const [stack] = Stacks ?? [];
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function create(StackName: string, resources: Resources, others: object = {}) {
  const { StackId = '' } = await cloudFormation.createStack({
    StackName,
    TemplateBody: body(resources, others),
  });
  return settled(StackId);
}

async function update(StackName: string, resources: Resources, others: object = {}) {
  await cloudFormation.updateStack({ StackName, TemplateBody: body(resources, others) });
  return settled(StackName);
}

const stored = async (Name: string) => (await ssm.getParameter({ Name })).Parameter?.Value;
const eventsOf = async (StackName: string) => {
  const { StackEvents = [] } = await cloudFormation.describeStackEvents({ StackName });
  return StackEvents.toReversed().map(
    ({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`,
  );
};

test('a stack that is not there', async () => {
  await expect(cloudFormation.describeStacks({ StackName: 'none' })).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id none does not exist',
  });
});

test('intrinsic functions, conditions and parameters become values; resources come in order', async () => {
  await create(
    'functions',
    {
      Second: parameter('/functions/second', {
        'Fn::Join': [',', [{ 'Fn::GetAtt': ['First', 'Value'] }, { Ref: 'First' }, { Ref: 'AWS::Region' }]],
      }),
      First: parameter('/functions/first', {
        'Fn::If': ['IsBig', { 'Fn::Sub': [`\${Size}-\${x}-\${!y}-\${AWS::AccountId}`, { x: 'X' }] }, 'small'],
      }),
      Third: parameter('/functions/third', {
        'Fn::Select': ['1', { 'Fn::Split': ['/', { 'Fn::FindInMap': ['Map', 'a', 'b'] }] }],
      }),
      Never: { ...parameter('/functions/never', 'x'), Condition: 'IsSmall' },
    },
    {
      Parameters: { Size: { Type: 'String', Default: 'big' } },
      Conditions: {
        IsBig: { 'Fn::Equals': [{ Ref: 'Size' }, 'big'] },
        IsSmall: { 'Fn::Not': [{ Condition: 'IsBig' }] },
      },
      Mappings: { Map: { a: { b: 'one/two' } } },
    },
  );
  expect(await stored('/functions/first')).toBe(`big-X-\${y}-123456789012`);
  expect(await stored('/functions/second')).toBe(`big-X-\${y}-123456789012,/functions/first,us-east-1`);
  expect(await stored('/functions/third')).toBe('two');
  await expect(stored('/functions/never')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  const events = await eventsOf('functions');
  expect(events.indexOf('First CREATE_COMPLETE')).toBeLessThan(events.indexOf('Second CREATE_IN_PROGRESS'));
  expect(events.at(-1)).toBe('functions CREATE_COMPLETE');
});

test('a template in YAML has the short forms of the functions', async () => {
  await cloudFormation.createStack({
    StackName: 'yaml',
    TemplateBody: `
Parameters: { Size: { Type: String, Default: big } }
Conditions: { IsBig: !Equals [!Ref Size, big] }
Resources:
  First:
    Type: AWS::SSM::Parameter
    Properties: { Name: /yaml/first, Type: String, Value: !If [IsBig, !Sub "\${Size}-\${AWS::Region}", small] }
  Second:
    Type: AWS::SSM::Parameter
    Condition: IsBig
    Properties:
      Name: /yaml/second
      Type: String
      Value: !Join [",", [!GetAtt First.Value, !Select [1, !Split ["/", a/b]], !Sub ["\${x}", { x: !Ref Size }]]]
Outputs: { Value: { Value: !GetAtt Second.Value } }`,
  });
  const stack = await settled('yaml');
  expect(await stored('/yaml/first')).toBe('big-us-east-1');
  expect(stack?.Outputs).toMatchObject([{ OutputKey: 'Value', OutputValue: 'big-us-east-1,b,big' }]);
});

test('an update changes, replaces and deletes what differs, and only that', async () => {
  await create('updated', {
    Changed: parameter('/updated/changed', '1'),
    Replaced: parameter('/updated/replaced', 'same'),
    Removed: parameter('/updated/removed', 'x'),
    Same: parameter('/updated/same', 'x'),
  });
  const stack = await update('updated', {
    Changed: parameter('/updated/changed', '2'),
    Replaced: parameter('/updated/replaced-name', 'same'),
    Same: parameter('/updated/same', 'x'),
  });
  expect(stack?.StackStatus).toBe('UPDATE_COMPLETE');
  expect(await stored('/updated/changed')).toBe('2');
  expect(await stored('/updated/replaced-name')).toBe('same');
  await expect(stored('/updated/replaced')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  await expect(stored('/updated/removed')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  expect(await eventsOf('updated')).not.toContain('Same UPDATE_IN_PROGRESS');
  await expect(
    update('updated', {
      Changed: parameter('/updated/changed', '2'),
      Replaced: parameter('/updated/replaced-name', 'same'),
      Same: parameter('/updated/same', 'x'),
    }),
  ).rejects.toMatchObject({ message: 'No updates are to be performed.' });
});

const brokenRole = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [] },
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/None'],
  },
};

test('a creation that fails is taken back, and the events say why', async () => {
  const stack = await create('broken', {
    Good: parameter('/broken/good', 'x'),
    Bad: { ...brokenRole, DependsOn: 'Good' },
  });
  expect(stack?.StackStatus).toBe('ROLLBACK_COMPLETE');
  await expect(stored('/broken/good')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  const { StackEvents } = await cloudFormation.describeStackEvents({ StackName: 'broken' });
  expect(StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')).toMatchObject({
    LogicalResourceId: 'Bad',
    ResourceStatusReason: expect.stringMatching(
      /^Resource handler returned message: ".+" \(RequestToken: [-0-9a-f]{36}, HandlerErrorCode: \w+\)$/,
    ),
  });
  await expect(update('broken', { Good: parameter('/broken/good', 'x') })).rejects.toThrow(
    /is in ROLLBACK_COMPLETE state and can not be updated/,
  );
});

test('an update that fails leaves everything as it was', async () => {
  const before = { Value: parameter('/back/value', 'old') };
  await create('back', before);
  const stack = await update('back', {
    Value: parameter('/back/value', 'new'),
    Added: parameter('/back/added', 'x'),
    Bad: { ...brokenRole, DependsOn: ['Value', 'Added'] },
  });
  expect(stack?.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await stored('/back/value')).toBe('old');
  await expect(stored('/back/added')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  expect((await update('back', { Value: parameter('/back/value', 'newer') }))?.StackStatus).toBe(
    'UPDATE_COMPLETE',
  );
});

test('a value that another stack imports neither changes nor goes', async () => {
  const outputs = (Value: string) => ({ Outputs: { Out: { Value, Export: { Name: 'shared' } } } });
  const resources = { Own: parameter('/exporting/own', 'x') };
  await create('exporting', resources, outputs('one'));
  await create('importing', { In: parameter('/importing/in', { 'Fn::ImportValue': 'shared' }) });
  expect(await stored('/importing/in')).toBe('one');
  const stack = await update('exporting', { Own: parameter('/exporting/own', 'y') }, outputs('two'));
  expect(stack).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
  expect(await stored('/exporting/own')).toBe('x');
  await expect(cloudFormation.deleteStack({ StackName: 'exporting' })).rejects.toThrow(
    'Export shared cannot be deleted as it is in use by importing',
  );
  await cloudFormation.deleteStack({ StackName: 'importing' });
  await cloudFormation.deleteStack({ StackName: 'exporting' });
  await expect(stored('/exporting/own')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});

test('what is to be retained stays when its stack goes', async () => {
  const stack = await create('retaining', {
    Kept: parameter('/retaining/kept', 'x', { DeletionPolicy: 'Retain' }),
    Gone: parameter('/retaining/gone', 'x'),
  });
  await cloudFormation.deleteStack({ StackName: 'retaining' });
  expect((await settled(stack?.StackId ?? ''))?.StackStatus).toBe('DELETE_COMPLETE');
  expect(await stored('/retaining/kept')).toBe('x');
  await expect(stored('/retaining/gone')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});

test.each([
  [
    'an unknown type',
    { A: { Type: 'AWS::No::Thing' } },
    expect.stringContaining('Unrecognized resource types: [AWS::No::Thing] (AWS::No::Thing of A, line 1)'),
  ],
  [
    'a reference to nothing',
    { A: parameter('/x', { Ref: 'B' }) },
    'Template format error: Unresolved resource dependencies [B] in the Resources block of the template',
  ],
  [
    'a circle',
    { A: parameter('/x', { Ref: 'B' }), B: parameter('/y', { Ref: 'A' }) },
    'Circular dependency between resources: [A, B]',
  ],
])('a template with %s is refused before anything is done', async (_what, resources, message) => {
  await expect(create('refused', resources)).rejects.toMatchObject({ name: 'ValidationError', message });
  await expect(settled('refused')).rejects.toThrow(/does not exist/);
});

test('a resource of no room here is checked against the specification and recorded', async () => {
  const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts' } };
  const output = { Outputs: { Topic: { Value: { Ref: 'Topic' } } } };
  const stack = await create('recorded', { Topic: topic }, output);
  expect(stack?.Outputs?.[0]?.OutputValue).toBe('arn:aws:sns:us-east-1:123456789012:alerts');
});

test('whatever is wrong with types and properties is said at once, each with its resource and line', async () => {
  const resources = {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { Name: 'alerts', Tags: { Key: 'a' } } },
    Group: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: { Matcher: { HttpCodes: '200' }, Port: 'http', VpcId: { Ref: 'AWS::NoValue' } },
    },
    Fine: parameter('/faulty/fine', 'x'),
    Thing: { Type: 'AWS::No::Thing' },
  };
  const asked = { StackName: 'faulty', TemplateBody: JSON.stringify({ Resources: resources }, undefined, 1) };
  await expect(cloudFormation.createStack(asked)).rejects.toMatchObject({
    name: 'ValidationError',
    message: [
      'Template format error: Unrecognized resource types: [AWS::No::Thing] (AWS::No::Thing of Thing, line 32)',
      'Properties validation failed for resource Topic (AWS::SNS::Topic, line 3) with message:',
      '#: extraneous key [Name] is not permitted',
      '#/Tags: expected type: JSONArray, found: JSONObject',
      'Properties validation failed for resource Group (AWS::ElasticLoadBalancingV2::TargetGroup, line 12) with message:',
      '#/Matcher: extraneous key [HttpCodes] is not permitted',
      '#/Port: expected type: Number, found: String',
      'Correct the template; what AWS has had since the specification here was made comes with a newer @aws-cdk/aws-service-spec.',
    ].join('\n'),
  });
  await expect(stored('/faulty/fine')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});

test('a change set shows what it would do; one without changes fails', async () => {
  const StackName = 'reviewed';
  const TemplateBody = body({ A: parameter('/reviewed/a', '1') });
  await cloudFormation.createChangeSet({
    StackName,
    ChangeSetName: 'one',
    ChangeSetType: 'CREATE',
    TemplateBody,
  });
  expect((await cloudFormation.describeStacks({ StackName })).Stacks?.[0]?.StackStatus).toBe(
    'REVIEW_IN_PROGRESS',
  );
  expect(await cloudFormation.describeChangeSet({ StackName, ChangeSetName: 'one' })).toMatchObject({
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    Changes: [{ ResourceChange: { Action: 'Add', LogicalResourceId: 'A' } }],
  });
  await cloudFormation.executeChangeSet({ StackName, ChangeSetName: 'one' });
  expect((await settled(StackName))?.StackStatus).toBe('CREATE_COMPLETE');
  await cloudFormation.createChangeSet({ StackName, ChangeSetName: 'two', TemplateBody });
  expect(await cloudFormation.describeChangeSet({ StackName, ChangeSetName: 'two' })).toMatchObject({
    Status: 'FAILED',
    StatusReason:
      "The submitted information didn't contain changes. Submit different information to create a change set.",
  });
});

test("a stack's resources are made in the name of its role", async () => {
  const iam = new IAM(clientOptions(aws));
  const trust = {
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cloudformation.amazonaws.com' } },
    ],
  };
  const { Role } = await iam.createRole({
    RoleName: 'stacks',
    AssumeRolePolicyDocument: JSON.stringify(trust),
  });
  await cloudFormation.createStack({
    StackName: 'by-role',
    RoleARN: Role?.Arn ?? '',
    TemplateBody: body({ A: parameter('/by-role/a', '1') }),
  });
  await settled('by-role');
  const call = aws.kernel.calls.findLast(({ operation }) => operation === 'PutParameter');
  expect(call?.principal).toBe('arn:aws:sts::123456789012:assumed-role/stacks/AWSCloudFormation');
});
