/**
 * Every assumption that a price may depend on and no template can say. A key is needed only when a
 * resource that depends on it is there.
 */
export const USAGE_KEYS = {
  'alb.lcu':
    'Average load balancer capacity units of one load balancer (1 LCU: 25 new connections/s or 1 GB/h)',
  'autoscaling.headroom': 'Share of the tasks between desired and maximum that run on average, 0 to 1',
  'backup.gb': 'GB of AWS Backup warm storage beyond what the services keep themselves',
  'budget-gate.cost-explorer': 'Cost Explorer requests of the budget gate a month',
  'cache.backup-gb': 'GB of ElastiCache snapshots beyond the one that is free',
  'cloudfront.functions-millions': 'Millions of CloudFront Function invocations a month',
  'cloudfront.gb': 'GB that CloudFront sends to viewers a month',
  'cloudfront.requests-millions': 'Millions of HTTPS requests to CloudFront a month',
  'config.evaluations': 'AWS Config rule evaluations a month',
  'config.items': 'AWS Config configuration items recorded a month',
  'container-insights.metrics': 'Metrics that Container Insights reports a month',
  'dynamodb.gb': 'GB stored in DynamoDB',
  'dynamodb.reads-millions': 'Millions of on-demand DynamoDB read units a month',
  'dynamodb.writes-millions': 'Millions of on-demand DynamoDB write units a month',
  'ec2.root-volume-gb': 'GB of the root volume of an instance whose image decides its size',
  'ecr.gb': 'GB of images in ECR',
  'flow-logs.gb': 'GB of VPC flow logs a month',
  'guardduty.events-millions': 'Millions of CloudTrail events that GuardDuty reads a month',
  'guardduty.flow-gb': 'GB of flow and DNS logs that GuardDuty reads a month',
  'kms.requests-10k': 'Ten thousands of KMS requests a month',
  'lambda.gb-seconds': 'GB-seconds of Lambda a month',
  'lambda.requests-millions': 'Millions of Lambda requests a month',
  'logs.gb': 'GB of logs that CloudWatch Logs takes in a month',
  'logs.stored-gb': 'GB that CloudWatch Logs keeps, compressed',
  'metrics.custom': 'Custom CloudWatch metrics that programs publish themselves',
  'nat.gb': 'GB that go through NAT gateways a month',
  'rds.backup-gb': 'GB of RDS backups beyond the size of the database, which is free',
  'rds.enhanced-monitoring-gb': 'GB of enhanced monitoring logs of one database a month',
  'release.count': 'Blue/green releases a month',
  'release.overlap-hours': 'Hours for which blue and green run side by side in one release',
  'route53.queries-millions': 'Millions of DNS queries a month that are not free alias queries',
  's3.gb': 'GB in S3 Standard',
  's3.gets-thousands': 'Thousands of S3 GET requests a month',
  's3.puts-thousands': 'Thousands of S3 PUT, COPY, POST and LIST requests a month',
  's3.replica-gb': 'GB of copies that S3 keeps in another region',
  's3.replicated-gb': 'GB that S3 replicates to another region a month',
  'secrets.requests-10k': 'Ten thousands of Secrets Manager requests a month',
  'sns.emails-100k': 'Hundred thousands of e-mails that SNS sends a month',
  'sqs.requests-millions': 'Millions of SQS requests a month',
  'step-functions.transitions-thousands': 'Thousands of Step Functions state transitions a month',
  'transfer.inter-az-gb': 'GB a month between availability zones, each direction counted',
  'transfer.internet-gb': 'GB a month sent to the internet other than by CloudFront',
  'vpc-endpoint.gb': 'GB a month through interface endpoints',
  'waf.requests-millions': 'Millions of requests that a web ACL inspects a month',
} as const;

export type UsageKey = keyof typeof USAGE_KEYS;

export function isUsageKey(key: string): key is UsageKey {
  return Object.hasOwn(USAGE_KEYS, key);
}
