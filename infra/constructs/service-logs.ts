import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  FilterPattern,
  type ILogGroup,
  LogGroup,
  type RetentionDays,
  SubscriptionFilter,
} from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';

export interface ServiceLogsProps {
  readonly blueprint: Blueprint;
}

/**
 * Two log groups a service: everything for 7 days, errors for 30. Tasks write one stream of JSON lines;
 * lines of level error are copied by a subscription, so a service knows nothing of the second group.
 */
export class ServiceLogs extends Construct {
  /** Of the one-off and scheduled tasks that work on the database. */
  readonly tasks: ILogGroup;
  readonly #groups = new Map<string, ILogGroup>();

  constructor(scope: Construct, id: string, { blueprint }: ServiceLogsProps) {
    super(scope, id);
    const { config, services, prefix } = blueprint;
    const removalPolicy = config.sleeps ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const group = (name: string, logGroupName: string, days: number) =>
      new LogGroup(this, name, { logGroupName, retention: days as RetentionDays, removalPolicy });
    this.tasks = group(
      'DatabaseTasks',
      `/${blueprint.manifest.product}/${blueprint.environment}/database-tasks`,
      30,
    );
    const copier = new LambdaFunction(this, 'ErrorCopier', {
      functionName: `${prefix}-error-logs`,
      description: 'Copies log lines of level error to the group that keeps them longer',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline(COPY_ERRORS),
      memorySize: 128,
      timeout: Duration.seconds(30),
      logGroup: group(
        'ErrorCopierLogs',
        `/${blueprint.manifest.product}/${blueprint.environment}/error-copier`,
        config.monitoring.logDays,
      ),
    });
    const errorGroups: ILogGroup[] = [];
    for (const { name, names } of services) {
      const all = group(name, names.logGroup, config.monitoring.logDays);
      errorGroups.push(group(`${name}Errors`, names.errorLogGroup, config.monitoring.errorLogDays));
      this.#groups.set(name, all);
      new SubscriptionFilter(this, `${name}ErrorFilter`, {
        logGroup: all,
        filterName: 'errors',
        filterPattern: FilterPattern.stringValue('$.level', '=', 'error'),
        destination: new LambdaDestination(copier),
      });
    }
    copier.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: errorGroups.map(({ logGroupArn }) => logGroupArn),
      }),
    );
  }

  /** The group that a service's tasks write to. @throws RangeError when there is no such service. */
  group(service: string): ILogGroup {
    const group = this.#groups.get(service);
    if (!group) throw new RangeError(`no log group for service ${service}`);
    return group;
  }
}

/** The function's source. The stream keeps its name, so a line can be followed back to its task. */
const COPY_ERRORS = `
const { gunzipSync } = require('node:zlib');
const { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } = require('@aws-sdk/client-cloudwatch-logs');
const logs = new CloudWatchLogsClient({});
exports.handler = async ({ awslogs }) => {
  const batch = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')));
  if (batch.messageType !== 'DATA_MESSAGE') return;
  const target = { logGroupName: batch.logGroup + '/errors', logStreamName: batch.logStream };
  const logEvents = batch.logEvents.map(({ timestamp, message }) => ({ timestamp, message }));
  const put = () => logs.send(new PutLogEventsCommand({ ...target, logEvents }));
  try {
    await put();
  } catch (error) {
    if (error.name !== 'ResourceNotFoundException') throw error;
    await logs.send(new CreateLogStreamCommand(target)).catch((again) => {
      if (again.name !== 'ResourceAlreadyExistsException') throw again;
    });
    await put();
  }
};
`;
