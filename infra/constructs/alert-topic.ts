import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlertTopicProps {
  readonly topicName: string;
  readonly email: string;
  /** Services that publish: `budgets.amazonaws.com`. CloudWatch's alarms of the account always may. */
  readonly publishers?: readonly string[];
}

/** Where whoever is on call is told. */
export class AlertTopic extends Topic {
  constructor(scope: Construct, id: string, { topicName, email, publishers = [] }: AlertTopicProps) {
    super(scope, id, { topicName, enforceSSL: true });
    this.addSubscription(new EmailSubscription(email));
    for (const publisher of ['cloudwatch.amazonaws.com', ...publishers]) {
      this.grantPublish(new ServicePrincipal(publisher));
    }
  }
}
