import { IAM } from '@aws-sdk/client-iam';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let iam: IAM;

beforeAll(async () => {
  aws = await startAws();
  iam = new IAM(clientOptions(aws));
});
afterAll(() => aws.stop());

const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const TRUST = policy({
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
});
const READ = policy({ Effect: 'Allow', Action: 'ecs:Describe*', Resource: '*' });

const createRole = (RoleName: string) => iam.createRole({ RoleName, AssumeRolePolicyDocument: TRUST });

test('a role is read back with its trust policy, URL-encoded as IAM writes it', async () => {
  await iam.createRole({
    RoleName: 'task',
    Path: '/pika/',
    Description: 'tasks',
    AssumeRolePolicyDocument: TRUST,
    Tags: [{ Key: 'environment', Value: 'staging' }],
  });
  const { Role } = await iam.getRole({ RoleName: 'task' });
  expect(Role).toMatchObject({
    Arn: 'arn:aws:iam::123456789012:role/pika/task',
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    Path: '/pika/',
    MaxSessionDuration: 3600,
    Tags: [{ Key: 'environment', Value: 'staging' }],
  });
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(TRUST);
});

test('inline policies are put, listed, read and deleted', async () => {
  await createRole('inline');
  await iam.putRolePolicy({ RoleName: 'inline', PolicyName: 'read', PolicyDocument: READ });
  expect((await iam.listRolePolicies({ RoleName: 'inline' })).PolicyNames).toEqual(['read']);
  const { PolicyDocument } = await iam.getRolePolicy({ RoleName: 'inline', PolicyName: 'read' });
  expect(decodeURIComponent(PolicyDocument ?? '')).toBe(READ);
  await expect(iam.deleteRole({ RoleName: 'inline' })).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  await iam.deleteRolePolicy({ RoleName: 'inline', PolicyName: 'read' });
  await iam.deleteRole({ RoleName: 'inline' });
  await expect(iam.getRole({ RoleName: 'inline' })).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name inline cannot be found.',
    $metadata: { httpStatusCode: 404 },
  });
});

test('managed policies have at most five versions, one of them the default', async () => {
  const { Policy } = await iam.createPolicy({ PolicyName: 'bounds', PolicyDocument: READ });
  const PolicyArn = Policy?.Arn ?? '';
  for (let version = 2; version <= 5; version++) {
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument: READ, SetAsDefault: true });
  }
  await expect(iam.createPolicyVersion({ PolicyArn, PolicyDocument: READ })).rejects.toMatchObject({
    name: 'LimitExceededException',
  });
  expect((await iam.getPolicy({ PolicyArn })).Policy?.DefaultVersionId).toBe('v5');
  await createRole('bounded');
  await iam.attachRolePolicy({ RoleName: 'bounded', PolicyArn });
  expect((await iam.listAttachedRolePolicies({ RoleName: 'bounded' })).AttachedPolicies).toEqual([
    { PolicyArn, PolicyName: 'bounds' },
  ]);
  await expect(iam.deletePolicy({ PolicyArn })).rejects.toMatchObject({ name: 'DeleteConflictException' });
});

test('a policy of AWS that is not known is refused, not taken for an empty one', async () => {
  await createRole('managed');
  await iam.attachRolePolicy({
    RoleName: 'managed',
    PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  });
  await expect(
    iam.attachRolePolicy({ RoleName: 'managed', PolicyArn: 'arn:aws:iam::aws:policy/NoSuch' }),
  ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

test.each([
  ['no JSON', '{', 'This policy contains invalid Json'],
  ['no resource', policy({ Effect: 'Allow', Action: 'ecs:*' }), 'Policy statement must contain resources.'],
  [
    'an action without its service',
    policy({ Effect: 'Allow', Action: 'DescribeServices', Resource: '*' }),
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  [
    'a principal',
    policy({ Effect: 'Allow', Action: 'ecs:*', Resource: '*', Principal: '*' }),
    'Policy document should not specify a principal.',
  ],
])('a policy with %s is malformed', async (_what, PolicyDocument, message) => {
  await expect(iam.createPolicy({ PolicyName: 'bad', PolicyDocument })).rejects.toMatchObject({
    name: 'MalformedPolicyDocumentException',
    message,
  });
});

test('an OpenID Connect provider is found under the ARN of its URL', async () => {
  const { OpenIDConnectProviderArn } = await iam.createOpenIDConnectProvider({
    Url: 'https://token.actions.githubusercontent.com',
    ClientIDList: ['sts.amazonaws.com'],
  });
  expect(OpenIDConnectProviderArn).toBe(
    'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
  );
  expect(await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn })).toMatchObject({
    Url: 'token.actions.githubusercontent.com',
    ClientIDList: ['sts.amazonaws.com'],
  });
  await expect(
    iam.createOpenIDConnectProvider({ Url: 'https://token.actions.githubusercontent.com' }),
  ).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
});

test('an instance profile carries one role', async () => {
  await createRole('nat');
  await iam.createInstanceProfile({ InstanceProfileName: 'nat' });
  await iam.addRoleToInstanceProfile({ InstanceProfileName: 'nat', RoleName: 'nat' });
  const { InstanceProfile } = await iam.getInstanceProfile({ InstanceProfileName: 'nat' });
  expect(InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['nat']);
});
