import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isAllowed, like, type Statement } from '../checks/policy.ts';
import { root } from '../command.ts';
import { account } from '../config/account.ts';
import { drawApp, manifest, resourcesOf, statementsOf, templatesOf } from './assembly.ts';
import { callsOf } from './aws-calls.ts';
import { type SignedIn, signIns, workflowFiles } from './workflow-jobs.ts';

const templates = templatesOf(drawApp());
const roles = resourcesOf(templates, 'AWS::IAM::Role').filter(
  ({ stack, properties }) =>
    stack === 'pika-account' && JSON.stringify(properties).includes('token.actions.githubusercontent.com'),
);
const found = signIns();
const { owner, repository, repositoryId } = account.github;

type Claims = Readonly<Record<string, string>>;

const subject = (context: string) => `repo:${owner}/${repository}:${context}`;
const workflowRef = (file: string) => `${owner}/${repository}/.github/workflows/${file}@refs/heads/main`;

/** The claims of a job's token, as GitHub signs them for a run on main. */
function claimsOf({ file, environment }: Pick<SignedIn, 'file' | 'environment'>): Claims {
  return {
    aud: 'sts.amazonaws.com',
    sub: subject(environment ? `environment:${environment}` : 'ref:refs/heads/main'),
    repository_id: repositoryId,
    job_workflow_ref: workflowRef(file),
    ...(environment ? { environment } : {}),
  };
}

function admits(roleName: string, claims: Claims): boolean {
  const role = roles.find(({ properties }) => properties.RoleName === roleName);
  const trust = role?.properties.AssumeRolePolicyDocument as { Statement: Statement[] } | undefined;
  const statements = (trust?.Statement ?? []).map((statement) => ({ ...statement, Resource: '*' }));
  const context = Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [`token.actions.githubusercontent.com:${name}`, value]),
  );
  return isAllowed(statements, { action: 'sts:AssumeRoleWithWebIdentity', resource: '*', context });
}

const named = ({ file, job, role, environment }: SignedIn) =>
  `${file} ${job} (${environment ?? 'main'}) → ${role}`;

it('finds the sign-ins that there are', () => {
  expect([...new Set(found.map(named))].sort()).toMatchSnapshot();
});

describe('a role that a workflow assumes', () => {
  it.each(found.map((signIn) => [named(signIn), signIn] as const))('is there and admits %s', (_, signIn) => {
    expect(signIn.fromPullRequest).toBe(false);
    expect(admits(signIn.role, claimsOf(signIn))).toBe(true);
  });

  it('admits no other workflow, environment, branch, pull request or repository', () => {
    const contexts = [
      ...Object.keys(manifest.environments).map((name) => `environment:${name}`),
      'ref:refs/heads/main',
      'ref:refs/heads/feature',
      'ref:refs/tags/v1',
      'pull_request',
    ];
    const wanted = new Set(found.map((signIn) => JSON.stringify([signIn.role, claimsOf(signIn)])));
    for (const { properties } of roles) {
      const role = String(properties.RoleName);
      for (const file of workflowFiles) {
        for (const context of contexts) {
          const [, environment] = /^environment:(.*)$/.exec(context) ?? [];
          const claims = { ...claimsOf({ file, environment }), sub: subject(context) };
          const isWanted =
            wanted.has(JSON.stringify([role, claims])) ||
            // Nobody plans staging yet; whoever does, does it as production is planned.
            (role === 'pika-staging-plan' && file === 'release.yml' && context === 'ref:refs/heads/main');
          expect([role, file, context, admits(role, claims)]).toEqual([role, file, context, isWanted]);
          expect(admits(role, { ...claims, repository_id: '1' })).toBe(false);
          expect(admits(role, { ...claims, aud: 'elsewhere' })).toBe(false);
        }
      }
    }
  });

  it('stands in the table of docs/setup.md, with the workflows that assume it', () => {
    const setup = readFileSync(join(root, 'docs/setup.md'), 'utf8');
    const rows = [...setup.matchAll(/^\| `(pika-[\w-]+)`\s+\| (.*?)\s*\|$/gm)].map(
      ([, role = '', text = '']): [string, string[]] => [role, text.match(/[\w-]+\.yml/g)?.sort() ?? []],
    );
    const byRole = new Map<string, Set<string>>();
    for (const { role, file } of found) {
      const general = role.replace(
        /^pika-(staging|production)-(deploy|infrastructure|plan)$/,
        'pika-ENVIRONMENT-$2',
      );
      byRole.set(general, (byRole.get(general) ?? new Set()).add(file));
    }
    expect(new Map(rows)).toEqual(new Map([...byRole].map(([role, files]) => [role, [...files].sort()])));
  });
});

/** What a program can call that a role is not given, and why not. */
const DONE_WITHOUT: Readonly<Record<string, string>> = {
  'ecr:CreateRepository': 'the account’s stack makes the repositories; build-push makes those of others only',
  'ecr:PutLifecyclePolicy': 'comes with the repository that build-push makes',
  'ecr:StartImageScan': 'the repositories scan on push',
  'ssm:GetParameters': 'preflight sees parameters that tasks are given as secrets; ours are given none',
};

/** What a role is given that no program calls by the SDK, and what it is for. */
const GIVEN_BESIDES: Readonly<Record<string, string>> = {
  'codedeploy:GetApplicationRevision': 'CodeDeploy asks it of whoever creates a deployment',
  'codedeploy:GetDeploymentConfig': 'likewise',
  'codedeploy:RegisterApplicationRevision': 'likewise',
  'ecr:BatchCheckLayerAvailability': 'the registry asks it of whoever pushes',
  'ecr:CompleteLayerUpload': 'likewise',
  'ecr:GetDownloadUrlForLayer': 'the registry asks it of whoever reads an image that is there',
  'ecr:InitiateLayerUpload': 'likewise',
  'ecr:PutImage': 'likewise',
  'ecr:UploadLayerPart': 'likewise',
  'ecs:TagResource': 'a task definition is registered with its tags',
  'iam:PassRole': 'ECS asks it of whoever registers a task definition with roles',
};

describe('the permissions of a role', () => {
  const sessions = new Map(found.map((signIn) => [named(signIn), signIn]));

  it.each([...sessions])('allow what the steps call: %s', async (_, { role, steps }) => {
    const statements = statementsOf(templates, role);
    const calls = (await callsOf(steps)).filter((action) => !(action in DONE_WITHOUT));
    const allowed = (action: string) =>
      statements.some(
        ({ Effect, Action = [] }) =>
          Effect === 'Allow' &&
          [Action].flat().some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())),
      );
    expect(calls.filter((action) => !allowed(action))).toEqual([]);
  });

  it('allow the releases, their plans and the build nothing that no step calls', async () => {
    const calls = new Map<string, Set<string>>();
    for (const { role, steps } of found) {
      const called = calls.get(role) ?? new Set();
      for (const action of await callsOf(steps)) called.add(action.toLowerCase());
      calls.set(role, called);
    }
    const idle = [...calls]
      .filter(([role]) => /-(deploy|plan)$|^pika-build$/.test(role))
      .flatMap(([role, called]) =>
        statementsOf(templates, role)
          .filter(({ Effect }) => Effect === 'Allow')
          .flatMap(({ Action = [] }) => [Action].flat())
          .filter((action) => !called.has(action.toLowerCase()) && !(action in GIVEN_BESIDES))
          .map((action) => `${role}: ${action}`),
      );
    expect(idle).toEqual([]);
  });

  it('are asked for: the calls are read from the programs', async () => {
    const deploy = found.find(({ role, steps }) => role === 'pika-staging-deploy' && steps.length > 3);
    const calls = await callsOf(deploy?.steps ?? []);
    expect(calls).toEqual(expect.arrayContaining(['codedeploy:ContinueDeployment', 'ecs:RunTask']));
    const plan = found.find(({ role }) => role === 'pika-production-plan');
    expect(await callsOf(plan?.steps ?? [])).not.toContain('codedeploy:ContinueDeployment');
  });
});

/** What other steps than the root action's do: migrate, open a test distribution. */
const OTHER_STEPS = [
  'cloudformation:DescribeStacks',
  'cloudfront-keyvaluestore:DeleteKey',
  'cloudfront-keyvaluestore:DescribeKeyValueStore',
  'cloudfront-keyvaluestore:PutKey',
  'ecs:RunTask',
];

it('gives the role of the example with the root action what build and release have', () => {
  const template = parse(readFileSync(join(root, 'examples/root-action/role.yml'), 'utf8'), {
    logLevel: 'error',
  });
  const policies = template.Resources.Role.Properties.Policies as {
    PolicyDocument: { Statement: Statement[] };
  }[];
  const given = policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action }) => Action);
  const needed = ['pika-build', 'pika-production-deploy']
    .flatMap((name) => statementsOf(templates, name))
    .flatMap(({ Action }) => Action);
  expect(new Set(given)).toEqual(new Set(needed.filter((action) => !OTHER_STEPS.includes(String(action)))));
});
