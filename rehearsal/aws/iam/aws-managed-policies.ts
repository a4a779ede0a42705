import { parsePolicy } from './policy-document.ts';
import type { ManagedPolicy } from './state.ts';

const allow = (Action: readonly string[] | string, Resource = '*', others: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...others,
});

/** ReadOnlyAccess names reads of every service of AWS; here, of those that there are. */
const READABLE = [
  'application-autoscaling',
  'cloudformation',
  'cloudwatch',
  'codedeploy',
  'ec2',
  'ecr',
  'ecs',
  'elasticloadbalancing',
  'iam',
  'lambda',
  'logs',
  's3',
  'ssm',
  'sts',
];

/**
 * AWS's own policies that templates and `cdk bootstrap` attach, as the AWS Managed Policy Reference has
 * them. One that is not listed is refused, not taken for an empty one.
 */
const STATEMENTS: Readonly<Record<string, readonly object[]>> = {
  AdministratorAccess: [allow('*')],
  ReadOnlyAccess: [
    allow(
      READABLE.flatMap((service) =>
        ['BatchGet*', 'Describe*', 'Get*', 'List*', 'Lookup*', 'Search*', 'View*'].map(
          (verb) => `${service}:${verb}`,
        ),
      ),
    ),
  ],
  AWSCloudFormationReadOnlyAccess: [
    allow([
      'cloudformation:Describe*',
      'cloudformation:EstimateTemplateCost',
      'cloudformation:Get*',
      'cloudformation:List*',
      'cloudformation:ValidateTemplate',
      'cloudformation:Detect*',
    ]),
  ],
  'service-role/AmazonECSTaskExecutionRolePolicy': [
    allow([
      'ecr:GetAuthorizationToken',
      'ecr:BatchCheckLayerAvailability',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchGetImage',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]),
  ],
  'service-role/AWSLambdaBasicExecutionRole': [
    allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']),
  ],
  'service-role/AmazonRDSEnhancedMonitoringRole': [
    allow(['logs:CreateLogGroup', 'logs:PutRetentionPolicy'], 'arn:aws:logs:*:*:log-group:RDS*'),
    allow(
      ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams', 'logs:GetLogEvents'],
      'arn:aws:logs:*:*:log-group:RDS*:log-stream:*',
    ),
  ],
  AWSCodeDeployRoleForECS: [
    allow([
      'ecs:DescribeServices',
      'ecs:CreateTaskSet',
      'ecs:UpdateServicePrimaryTaskSet',
      'ecs:DeleteTaskSet',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:ModifyListener',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:ModifyRule',
      'lambda:InvokeFunction',
      'cloudwatch:DescribeAlarms',
      'sns:Publish',
      's3:GetObject',
      's3:GetObjectVersion',
    ]),
    allow(['iam:PassRole'], '*', {
      Condition: { StringLike: { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] } },
    }),
  ],
  AmazonSSMManagedInstanceCore: [
    allow([
      'ssm:DescribeAssociation',
      'ssm:GetDeployablePatchSnapshotForInstance',
      'ssm:GetDocument',
      'ssm:DescribeDocument',
      'ssm:GetManifest',
      'ssm:GetParameter',
      'ssm:GetParameters',
      'ssm:ListAssociations',
      'ssm:ListInstanceAssociations',
      'ssm:PutInventory',
      'ssm:PutComplianceItems',
      'ssm:PutConfigurePackageResult',
      'ssm:UpdateAssociationStatus',
      'ssm:UpdateInstanceAssociationStatus',
      'ssm:UpdateInstanceInformation',
    ]),
    allow([
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]),
    allow([
      'ec2messages:AcknowledgeMessage',
      'ec2messages:DeleteMessage',
      'ec2messages:FailMessage',
      'ec2messages:GetEndpoint',
      'ec2messages:GetMessages',
      'ec2messages:SendReply',
    ]),
  ],
};

const PUBLISHED = new Date('2024-01-01T00:00:00Z');

/** @param arn `arn:aws:iam::aws:policy/[service-role/]NAME` */
export function awsManagedPolicy(arn: string): ManagedPolicy | undefined {
  const [, key = ''] = /^arn:aws:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  const statements = Object.hasOwn(STATEMENTS, key) ? STATEMENTS[key] : undefined;
  if (!statements) return undefined;
  const name = key.split('/').at(-1) ?? key;
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return {
    name,
    id: `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, 'X').slice(0, 17)}`,
    arn,
    path: `/${key.slice(0, key.length - name.length)}`,
    description: undefined,
    created: PUBLISHED,
    updated: PUBLISHED,
    versions: new Map([['v1', { text, document: parsePolicy(text, 'identity'), created: PUBLISHED }]]),
    defaultVersion: 'v1',
    tags: new Map(),
  };
}
