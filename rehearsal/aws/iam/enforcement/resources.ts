import type { Aws } from '../../kernel/aws.ts';
import type { Call, Principal } from '../../kernel/service.ts';
import type { Identities } from '../state.ts';
import type { ActionModel } from './actions.ts';

type Fields = Readonly<Record<string, unknown>>;
type Derive = (asked: Asked) => readonly string[] | Promise<readonly string[]>;

interface Asked {
  identities: Identities;
  call: Call;
  input: Fields;
}

/** IAM itself looks things up: it is no caller whom policies bind, and the report counts it apart. */
export function iamItself({ accountId }: Aws): Principal {
  return { arn: 'iam.amazonaws.com', accountId, service: 'iam.amazonaws.com' };
}

/**
 * The ARNs that a call is about, each of which must be allowed. What is not known before the call is `*`
 * in its place, as AWS has it for what is yet to be created.
 */
export async function resourcesOf(asked: Asked, action: ActionModel): Promise<readonly string[]> {
  const { call } = asked;
  if (action.templates.length === 0) return ['*'];
  const own = DERIVED[`${call.service}:${call.operation}`];
  if (own) return own(asked);
  const given = arnsIn(asked.input, call.service);
  if (given.length > 0) return given;
  const byService = BY_SERVICE[call.service];
  const derived = byService ? await byService(asked) : [];
  return derived.length > 0 ? derived : action.templates.flatMap((template) => filled(template, asked));
}

/** ARNs of the service's own resources among the input's members, one level deep. */
function arnsIn(input: Fields, service: string): string[] {
  return Object.values(input)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is string => typeof value === 'string' && value.startsWith(`arn:aws:${service}:`))
    .filter((arn) => !/:cluster\//.test(arn) || Object.keys(input).every((key) => /^clusters?$/.test(key)));
}

/** `log-group:${LogGroupName}` with `logGroupName` of the input; each of several values gives an ARN. */
function filled(template: string, { identities, call, input }: Asked): string[] {
  const members = new Map(Object.entries(input).map(([key, value]) => [key.toLowerCase(), value]));
  const fixed: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: call.region,
    Account: identities.aws.accountId,
  };
  let arns = [''];
  for (const part of template.split(/(\$\{\w+\})/)) {
    const [, name] = /^\$\{(\w+)\}$/.exec(part) ?? [];
    const values = name === undefined ? [part] : fixed[name] ? [fixed[name]] : valuesOf(members, name);
    arns = arns.flatMap((arn) => values.map((value) => arn + value));
  }
  return arns.map((arn) => arn.replaceAll('//', '/'));
}

function valuesOf(members: ReadonlyMap<string, unknown>, variable: string): string[] {
  const name = variable.toLowerCase();
  const short = name.replace(/(name|id)$/, '');
  const value = [name, `${name}s`, short, `${short}s`, 'name', 'names']
    .map((key) => members.get(key))
    .find((found) => found !== undefined);
  const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  return values.length > 0 ? values : ['*'];
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );

/** The name in `NAME` or `arn:…/NAME`. */
const lastName = (text: string) => text.split('/').at(-1) ?? text;

const ecsArn = ({ identities }: Asked, resource: string) => identities.aws.arn('ecs', resource);

export function clusterName(input: Fields): string {
  return lastName(texts(input.cluster)[0] ?? 'default');
}

const inCluster =
  (kind: string, ...members: string[]): Derive =>
  (asked) => {
    const named = members.flatMap((member) => texts(asked.input[member]));
    const names = named.length > 0 ? named : ['*'];
    return names.map((name) =>
      name.startsWith('arn:') ? name : ecsArn(asked, `${kind}/${clusterName(asked.input)}/${name}`),
    );
  };

const taskSets: Derive = (asked) => {
  const service = lastName(texts(asked.input.service)[0] ?? '*');
  const ids = [
    ...texts(asked.input.taskSet),
    ...texts(asked.input.taskSets),
    ...texts(asked.input.primaryTaskSet),
  ];
  return (ids.length > 0 ? ids : ['*']).map((id) =>
    id.startsWith('arn:') ? id : ecsArn(asked, `task-set/${clusterName(asked.input)}/${service}/${id}`),
  );
};

const taskDefinition: Derive = (asked) =>
  texts(asked.input.taskDefinition).map((name) =>
    name.startsWith('arn:')
      ? name
      : ecsArn(asked, `task-definition/${name.includes(':') ? name : `${name}:*`}`),
  );

const deploymentGroup: Derive = async (asked) => {
  const { identities, input } = asked;
  const groups = await groupsOf(asked);
  const application = texts(input.applicationName)[0] ?? '*';
  const names = [
    ...texts(input.deploymentGroupName),
    ...texts(input.deploymentGroupNames),
    ...texts(input.currentDeploymentGroupName),
  ];
  const pairs = groups ?? (names.length > 0 ? names : ['*']).map((name) => [application, name]);
  return pairs.map(([app, name]) => identities.aws.arn('codedeploy', `deploymentgroup:${app}/${name}`));
};

/** A deployment's permissions are its group's. One that is not there is left to the operation to refuse. */
async function groupsOf({ identities: { aws }, input }: Asked): Promise<string[][] | undefined> {
  const ids = [...texts(input.deploymentId), ...texts(input.deploymentIds)];
  if (ids.length === 0) return undefined;
  const found = await Promise.all(
    ids.map(async (deploymentId) => {
      const answer = await aws
        .invoke('codedeploy', 'GetDeployment', { deploymentId }, iamItself(aws))
        .catch(() => undefined);
      const info = answer?.deploymentInfo;
      return [info?.applicationName ?? '*', info?.deploymentGroupName ?? '*'];
    }),
  );
  return found;
}

const roles: Derive = ({ identities, input }) =>
  texts(input.RoleName).map(
    (name) =>
      identities.roles.get(name)?.arn ??
      `arn:aws:iam::${identities.aws.accountId}:role${texts(input.Path)[0] ?? '/'}${name}`,
  );

const logGroups: Derive = ({ identities, input }) =>
  [...texts(input.logGroupName), ...texts(input.logGroupIdentifier)].map((name) => {
    const stream = texts(input.logStreamName)[0];
    const isOfStream = stream !== undefined && ('logEvents' in input || 'startFromHead' in input);
    const group = name.startsWith('arn:') ? name : identities.aws.arn('logs', `log-group:${name}`);
    return isOfStream ? `${group}:log-stream:${stream}` : group;
  });

const parameters: Derive = ({ identities, input }) =>
  [...texts(input.Name), ...texts(input.Names), ...texts(input.Path)].map((name) =>
    name.startsWith('arn:') ? name : identities.aws.arn('ssm', `parameter/${name.replace(/^\//, '')}`),
  );

const secrets: Derive = async ({ identities: { aws }, input }) =>
  Promise.all(
    texts(input.SecretId ?? input.Name).map(async (SecretId) => {
      const found = await aws
        .invoke('secretsmanager', 'DescribeSecret', { SecretId }, iamItself(aws))
        .catch(() => undefined);
      return found?.ARN ?? aws.arn('secretsmanager', `secret:${SecretId}-*`);
    }),
  );

const buckets: Derive = ({ input }) =>
  texts(input.Bucket).map((bucket) => {
    const key = texts(input.Key)[0];
    return `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
  });

const stacks: Derive = ({ identities, input }) =>
  texts(input.StackName).map((name) =>
    name.startsWith('arn:') ? name : identities.aws.arn('cloudformation', `stack/${name}/*`),
  );

const functions: Derive = ({ identities, input }) =>
  texts(input.FunctionName).map((name) =>
    name.startsWith('arn:') ? name : identities.aws.arn('lambda', `function:${name}`),
  );

/** Which member of an input names a resource of which type. */
const DATABASE_RESOURCES: Readonly<Record<string, string>> = {
  DBInstanceIdentifier: 'db',
  DBSnapshotIdentifier: 'snapshot',
  DBSubnetGroupName: 'subgrp',
  DBParameterGroupName: 'pg',
};

const databases: Derive = ({ identities, input }) =>
  Object.entries(DATABASE_RESOURCES).flatMap(([member, type]) =>
    texts(input[member]).map((name) =>
      name.startsWith('arn:') ? name : identities.aws.arn('rds', `${type}:${name}`),
    ),
  );

const autoScalingGroups: Derive = ({ identities, input }) =>
  [...texts(input.AutoScalingGroupName), ...texts(input.AutoScalingGroupNames)].map((name) =>
    identities.aws.arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`),
  );

const BY_SERVICE: Readonly<Partial<Record<string, Derive>>> = {
  autoscaling: autoScalingGroups,
  cloudformation: stacks,
  'cloudfront-keyvaluestore': ({ input }) => texts(input.KvsARN),
  iam: (asked) => roles(asked),
  lambda: functions,
  logs: logGroups,
  rds: databases,
  s3: buckets,
  secretsmanager: secrets,
  ssm: parameters,
};

const taskFamily: Derive = (asked) =>
  texts(asked.input.family).map((family) => ecsArn(asked, `task-definition/${family}:*`));

const DERIVED: Readonly<Partial<Record<string, Derive>>> = {
  'sts:AssumeRole': ({ input }) => texts(input.RoleArn),
  'application-autoscaling:RegisterScalableTarget': ({ identities }) => [
    identities.aws.arn('application-autoscaling', 'scalable-target/*'),
  ],
  'ecs:RegisterTaskDefinition': taskFamily,
  'ecs:RunTask': taskDefinition,
  'ecs:CreateService': inCluster('service', 'serviceName'),
  'ecs:UpdateService': inCluster('service', 'service'),
  'ecs:DeleteService': inCluster('service', 'service'),
  'ecs:DescribeServices': inCluster('service', 'services'),
  'ecs:ListServiceDeployments': inCluster('service', 'service'),
  'ecs:UpdateServicePrimaryTaskSet': taskSets,
  'ecs:CreateTaskSet': taskSets,
  'ecs:DeleteTaskSet': taskSets,
  'ecs:UpdateTaskSet': taskSets,
  'ecs:DescribeTaskSets': taskSets,
  'ecs:DescribeTasks': inCluster('task', 'tasks'),
  'ecs:StopTask': inCluster('task', 'task'),
  'codedeploy:CreateDeployment': deploymentGroup,
  'codedeploy:GetDeployment': deploymentGroup,
  'codedeploy:BatchGetDeployments': deploymentGroup,
  'codedeploy:ListDeployments': deploymentGroup,
  'codedeploy:GetDeploymentGroup': deploymentGroup,
  'codedeploy:BatchGetDeploymentGroups': deploymentGroup,
  'codedeploy:UpdateDeploymentGroup': deploymentGroup,
};
