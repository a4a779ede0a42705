import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import {
  Choice,
  Condition,
  DefinitionBody,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { stackArn } from './arn.ts';

export interface SleepGuardProps {
  /** Identifier of the database that sleeps. */
  readonly instanceIdentifier: string;
}

/**
 * RDS starts a stopped instance by itself after seven days. It says so (RDS-EVENT-0154); this waits until
 * the instance is up, since only then it can be stopped, and stops it again. A wake-up by hand
 * is another event and is left alone.
 */
export class SleepGuard extends Construct {
  constructor(scope: Construct, id: string, { instanceIdentifier }: SleepGuardProps) {
    super(scope, id);
    const arn = stackArn(this, 'rds', `db:${instanceIdentifier}`);
    const call = (name: string, action: string, iamAction: string) =>
      new CallAwsService(this, name, {
        service: 'rds',
        action,
        iamAction: `rds:${iamAction}`,
        iamResources: [arn],
        parameters: { DbInstanceIdentifier: instanceIdentifier },
      });
    const wait = new Wait(this, 'WaitFiveMinutes', { time: WaitTime.duration(Duration.minutes(5)) });
    const stop = call('Stop', 'stopDBInstance', 'StopDBInstance');
    const status = '$.DbInstances[0].DbInstanceStatus';
    const definition = wait
      .next(call('Describe', 'describeDBInstances', 'DescribeDBInstances'))
      .next(
        new Choice(this, 'IsItUp')
          .when(Condition.stringEquals(status, 'available'), stop)
          .when(Condition.stringEquals(status, 'stopped'), new Succeed(this, 'AsleepAgain'))
          .otherwise(wait),
      );
    const stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: `${instanceIdentifier}-sleep-guard`,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout: Duration.hours(2),
    });
    new Rule(this, 'StartedByItself', {
      description: 'RDS started the instance because it was stopped for seven days',
      eventPattern: {
        source: ['aws.rds'],
        detailType: ['RDS DB Instance Event'],
        detail: { EventID: ['RDS-EVENT-0154'], SourceIdentifier: [instanceIdentifier] },
      },
      targets: [new SfnStateMachine(stateMachine)],
    });
  }
}
