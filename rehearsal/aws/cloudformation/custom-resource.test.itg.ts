import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let cloudFormation: CloudFormation;

beforeAll(async () => {
  aws = await startAws({ timeScale: 100, enforceIam: true });
  cloudFormation = new CloudFormation(clientOptions(aws));
  await role('functions', 'lambda.amazonaws.com');
});
afterAll(() => aws.stop());

/** A role that a service may use, and what it may do. */
async function role(RoleName: string, service: string, ...actions: string[]): Promise<string> {
  const iam = new IAM(clientOptions(aws));
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } };
  const { Role } = await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  if (actions.length > 0) {
    const allow = { Effect: 'Allow', Action: actions, Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
    await iam.putRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument });
  }
  return Role?.Arn ?? '';
}

async function stackOf(StackName: string) {
  const { Stacks } = await cloudFormation.describeStacks({ StackName });
  return Stacks?.[0];
}

const eventsOf = async (StackName: string) => {
  const { StackEvents = [] } = await cloudFormation.describeStackEvents({ StackName });
  return StackEvents.map((event) => event.ResourceStatusReason ?? '').join('\n');
};

/** Answers by https to the signed address, as functions do that no framework helps. */
const MAKER = `
const https = require('node:https');
exports.handler = async (event) => {
  const { RequestType, ResourceProperties: { Colour }, PhysicalResourceId } = event;
  if (Colour === 'silent') return;
  const answer = JSON.stringify({
    Status: Colour === 'impossible' ? 'FAILED' : 'SUCCESS',
    Reason: 'there is no such colour',
    PhysicalResourceId: RequestType === 'Delete' ? PhysicalResourceId : 'paint-' + Colour,
    StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
    Data: { 'Shade.0.Name': RequestType + ' ' + Colour + ' ' + event.ResourceProperties.Coats },
  });
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  await new Promise((resolve, reject) => {
    https.request({ hostname, path: pathname + search, method: 'PUT', headers: { 'content-type': '', 'content-length': answer.length } },
      (response) => response.resume().on('end', resolve)).on('error', reject).end(answer);
  });
};`;

const template = (colour: string) =>
  JSON.stringify({
    Resources: {
      Maker: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { ZipFile: MAKER },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Timeout: 60,
          Role: aws.kernel.arn('iam', 'role/functions', { region: '' }),
        },
      },
      Paint: {
        Type: 'Custom::Paint',
        Properties: { ServiceToken: { 'Fn::GetAtt': ['Maker', 'Arn'] }, Colour: colour, Coats: 2 },
      },
    },
    Outputs: {
      Id: { Value: { Ref: 'Paint' } },
      Shade: { Value: { 'Fn::GetAtt': ['Paint', 'Shade.0.Name'] } },
    },
  });

test('a custom resource is made, changed and deleted by its function', async () => {
  const StackName = 'painted';
  const outputs = async () => (await stackOf(StackName))?.Outputs?.map(({ OutputValue }) => OutputValue);
  await cloudFormation.createStack({ StackName, TemplateBody: template('red') });
  expect(await outputs()).toEqual(['paint-red', 'Create red 2']);
  await cloudFormation.updateStack({ StackName, TemplateBody: template('blue') });
  expect(await outputs()).toEqual(['paint-blue', 'Update blue 2']);
  const invoked = () =>
    aws.kernel.calls
      .filter(({ service, operation }) => service === 'lambda' && operation === 'Invoke')
      .map(({ input }) =>
        JSON.parse(Buffer.from((input as { Payload: Uint8Array }).Payload).toString('utf8')),
      )
      .map((event) => `${event.RequestType} ${event.PhysicalResourceId}`);
  // Another id means another thing: the one before goes.
  expect(invoked()).toEqual(['Create undefined', 'Update paint-red', 'Delete paint-red']);
  await cloudFormation.deleteStack({ StackName });
  expect(invoked().at(-1)).toBe('Delete paint-blue');
  expect((await new S3(clientOptions(aws)).listBuckets({})).Buckets ?? []).toEqual([]);
}, 60_000);

test('a function that says no, or nothing, fails its stack', async () => {
  await cloudFormation.createStack({ StackName: 'refused', TemplateBody: template('impossible') });
  expect((await stackOf('refused'))?.StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await eventsOf('refused')).toContain(
    'Received response status [FAILED] from custom resource. Message returned: there is no such colour',
  );
  await cloudFormation.createStack({ StackName: 'unanswered', TemplateBody: template('silent') });
  expect((await stackOf('unanswered'))?.StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await eventsOf('unanswered')).toContain('CloudFormation did not receive a response');
}, 60_000);

test('what is only recorded needs the permission to make it', async () => {
  const RoleARN = await role('stacks', 'cloudformation.amazonaws.com', 'sns:CreateTopic');
  const resources = {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts' } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { ScheduleExpression: 'rate(1 day)', Name: { 'Fn::GetAtt': ['Topic', 'TopicName'] } },
    },
  };
  const TemplateBody = JSON.stringify({ Resources: resources });
  await cloudFormation.createStack({ StackName: 'recorded', RoleARN, TemplateBody });
  const session = 'arn:aws:sts::123456789012:assumed-role/stacks/AWSCloudFormation';
  expect(await eventsOf('recorded')).toContain(
    `User: ${session} is not authorized to perform: events:PutRule on resource: arn:aws:events:us-east-1:123456789012:rule/alerts`,
  );
  expect(aws.permissions?.denied().map(({ action }) => action)).toEqual([
    'events:PutRule',
    'sns:DeleteTopic',
  ]);
});
