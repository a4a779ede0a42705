import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CodeDeploy } from '@aws-sdk/client-codedeploy';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { RDS } from '@aws-sdk/client-rds';
import { STS } from '@aws-sdk/client-sts';
import { type EmbeddedAws, startAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';

const ACCOUNT = '123456789012';
const ISSUER = 'token.actions.githubusercontent.com';
let aws: EmbeddedAws;
let iam: IAM;
let sts: STS;

beforeAll(async () => {
  aws = await startAws({ enforceIam: true });
  iam = new IAM(clientOptions(aws));
  sts = new STS(clientOptions(aws));
  await iam.createOpenIDConnectProvider({ Url: `https://${ISSUER}`, ClientIDList: ['sts.amazonaws.com'] });
  await new ECS(clientOptions(aws)).createCluster({ clusterName: 'pika' });
});
afterAll(() => aws.stop());

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const trust = (Principal: object, others: object = {}) =>
  document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...others });
const allow = (Action: string | string[], Resource: string | string[] = '*', others: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...others,
});

let count = 0;
/** A role that the account's root may assume, and a session of it. */
async function sessionWith(...statements: object[]) {
  const RoleName = `role-${++count}`;
  const { Role } = await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
    Tags: [{ Key: 'team', Value: 'pika' }],
  });
  if (statements.length > 0) {
    await iam.putRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument: document(...statements) });
  }
  const { Credentials } = await sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'test' });
  const options = clientOptions(aws, Credentials);
  return { RoleName, options, ecs: new ECS(options) };
}

test('a call without a policy for it is denied in the sentence of AWS', async () => {
  const { ecs, RoleName } = await sessionWith();
  const resource = `arn:aws:ecs:us-east-1:${ACCOUNT}:service/pika/users`;
  await expect(ecs.describeServices({ cluster: 'pika', services: ['users'] })).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/${RoleName}/test is not authorized to perform: ecs:DescribeServices on resource: ${resource} because no identity-based policy allows the ecs:DescribeServices action`,
  });
  expect(aws.permissions?.denied().at(-1)).toMatchObject({ action: 'ecs:DescribeServices', resource });
});

test('a database and an Auto Scaling group are the resources that their names name', async () => {
  const database = `arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`;
  const group = `arn:aws:autoscaling:us-east-1:${ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/shop-nat`;
  const { options } = await sessionWith(
    allow('rds:DescribeDBInstances', database),
    allow('autoscaling:SetDesiredCapacity', group),
  );
  const rds = new RDS(options);
  const capacityOf = (AutoScalingGroupName: string) =>
    new AutoScaling(options).setDesiredCapacity({ AutoScalingGroupName, DesiredCapacity: 1 });
  await expect(rds.describeDBInstances({ DBInstanceIdentifier: 'shop' })).rejects.toMatchObject({
    name: 'DBInstanceNotFoundFault',
  });
  await expect(rds.describeDBInstances({ DBInstanceIdentifier: 'other' })).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(capacityOf('shop-nat')).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(capacityOf('other')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('each of several resources must be allowed', async () => {
  const { ecs } = await sessionWith(allow('ecs:DescribeServices', `arn:aws:ecs:*:*:service/pika/users`));
  expect((await ecs.describeServices({ cluster: 'pika', services: ['users'] })).failures).toHaveLength(1);
  await expect(ecs.describeServices({ cluster: 'pika', services: ['users', 'auth'] })).rejects.toThrow(
    /service\/pika\/auth because/,
  );
});

test('a Deny wins and says so; a boundary that does not allow, too', async () => {
  const denied = await sessionWith(allow('*'), { Effect: 'Deny', Action: 'ecs:List*', Resource: '*' });
  await expect(denied.ecs.listClusters({})).rejects.toThrow(
    /with an explicit deny in an identity-based policy$/,
  );
  const bounded = await sessionWith(allow('*'));
  const { Policy } = await iam.createPolicy({
    PolicyName: 'reads',
    PolicyDocument: document(allow('ecs:List*')),
  });
  await iam.putRolePermissionsBoundary({ RoleName: bounded.RoleName, PermissionsBoundary: Policy?.Arn });
  await bounded.ecs.listClusters({});
  await expect(bounded.ecs.createCluster({ clusterName: 'other' })).rejects.toThrow(
    /because no permissions boundary allows the ecs:CreateCluster action$/,
  );
});

test("an action without resources needs '*'", async () => {
  const { ecs } = await sessionWith(
    allow('ecs:DescribeTaskDefinition', `arn:aws:ecs:*:*:task-definition/pika:*`),
  );
  await expect(ecs.describeTaskDefinition({ taskDefinition: 'pika' })).rejects.toThrow(
    /on resource: \* because/,
  );
});

test('conditions see the cluster, the region and the tags of the role', async () => {
  const { ecs } = await sessionWith(
    allow('ecs:ListTasks', '*', {
      Condition: {
        ArnEquals: { 'ecs:cluster': `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/pika` },
        StringEquals: { 'aws:RequestedRegion': 'us-east-1', 'aws:PrincipalTag/team': 'pika' },
      },
    }),
  );
  expect((await ecs.listTasks({ cluster: 'pika' })).taskArns).toEqual([]);
  await expect(ecs.listTasks({ cluster: 'other' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('who hands a role to tasks must be allowed to pass it, to tasks', async () => {
  const taskRole = `arn:aws:iam::${ACCOUNT}:role/users-task`;
  const register = (ecs: ECS) =>
    ecs.registerTaskDefinition({
      family: 'users',
      taskRoleArn: taskRole,
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'users', image: 'users:1' }],
    });
  const may = allow('ecs:RegisterTaskDefinition', 'arn:aws:ecs:*:*:task-definition/users:*');
  const without = await sessionWith(may);
  await expect(register(without.ecs)).rejects.toThrow(
    `is not authorized to perform: iam:PassRole on resource: ${taskRole} because no identity-based policy allows the iam:PassRole action`,
  );
  const toWhom = (service: string) => ({ Condition: { StringEquals: { 'iam:PassedToService': service } } });
  const elsewhere = await sessionWith(may, allow('iam:PassRole', taskRole, toWhom('lambda.amazonaws.com')));
  await expect(register(elsewhere.ecs)).rejects.toThrow(/iam:PassRole/);
  const right = await sessionWith(may, allow('iam:PassRole', taskRole, toWhom('ecs-tasks.amazonaws.com')));
  expect((await register(right.ecs)).taskDefinition?.family).toBe('users');
});

test('a deployment that is not there is not found, for whom may see the group', async () => {
  const { options } = await sessionWith(
    allow('codedeploy:GetDeployment', 'arn:aws:codedeploy:*:*:deploymentgroup:*'),
  );
  await expect(new CodeDeploy(options).getDeployment({ deploymentId: 'd-NOTTHERE1' })).rejects.toMatchObject({
    name: 'DeploymentDoesNotExistException',
  });
});

test('a role is assumed by whom it trusts, and nobody else', async () => {
  const { Role } = await iam.createRole({
    RoleName: 'for-ecs',
    AssumeRolePolicyDocument: trust({ Service: 'ecs-tasks.amazonaws.com' }),
  });
  await expect(sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'test' })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: ${Role?.Arn}`,
    $metadata: { httpStatusCode: 403 },
  });
});

describe("GitHub's OpenID tokens", () => {
  const claims = {
    iss: `https://${ISSUER}`,
    sub: 'repo:pika/pika:environment:production',
    aud: 'sts.amazonaws.com',
    repository_id: '7',
    job_workflow_ref: 'pika/pika/.github/workflows/release.yml@refs/heads/main',
    runner_environment: 'github-hosted',
  };
  const tokenOf = (others: object) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${encode({ alg: 'RS256' })}.${encode({ ...claims, ...others })}.signature`;
  };
  const assume = (RoleName: string, others: object = {}) =>
    sts.assumeRoleWithWebIdentity({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`,
      RoleSessionName: 'run-7',
      WebIdentityToken: tokenOf(others),
    });
  const createRole = (RoleName: string, conditions: object) =>
    iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: trust(
        { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
        { Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals: conditions } },
      ),
    });

  test('open a role whose conditions they meet, all of them', async () => {
    await createRole('deploy', {
      [`${ISSUER}:aud`]: 'sts.amazonaws.com',
      [`${ISSUER}:sub`]: [
        'repo:pika/pika:environment:production',
        'repo:pika@1/pika@7:environment:production',
      ],
      [`${ISSUER}:repository_id`]: '7',
      [`${ISSUER}:job_workflow_ref`]: claims.job_workflow_ref,
    });
    expect((await assume('deploy')).AssumedRoleUser?.Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/run-7`,
    );
    const refused = {
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    };
    for (const others of [
      { sub: 'repo:pika/pika:ref:refs/heads/main' },
      { repository_id: '8' },
      { job_workflow_ref: 'pika/pika/.github/workflows/ci.yml@refs/heads/main' },
    ]) {
      await expect(assume('deploy', others)).rejects.toMatchObject(refused);
    }
    await expect(assume('deploy', { aud: 'https://github.com/pika' })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: 'Incorrect token audience',
    });
    await expect(assume('no-such-role')).rejects.toMatchObject(refused);
    await expect(assume('deploy', { iss: 'https://example.com' })).rejects.toMatchObject({
      message: 'No OpenIDConnect provider found in your account for https://example.com',
    });
  });

  test('meet no condition on a claim that AWS does not take over', async () => {
    await createRole('runner', { [`${ISSUER}:runner_environment`]: 'github-hosted' });
    await expect(assume('runner')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

test('grants are counted, so that the unused ones are seen', async () => {
  const { ecs, RoleName } = await sessionWith({ Sid: 'Read', ...allow(['ecs:List*', 'ecs:DeleteCluster']) });
  await ecs.listClusters({});
  await ecs.listClusters({});
  const grants = aws.permissions?.grants().filter(({ role }) => role === RoleName);
  expect(grants).toEqual([
    { role: RoleName, policy: 'own', sid: 'Read', action: 'ecs:List*', calls: 2 },
    { role: RoleName, policy: 'own', sid: 'Read', action: 'ecs:DeleteCluster', calls: 0 },
  ]);
});
