import type { ServiceId } from '../kernel/service.ts';

export type ProtocolName = 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restXml' | 'restJson1';

/** How a service is spoken to. The SDK's clients say the same; a test compares the two. */
export interface ServiceEntry {
  id: ServiceId;
  protocol: ProtocolName;
  /** The API's date, by which query requests are routed. */
  version: string;
  /** What precedes the operation in `X-Amz-Target`. */
  target: string;
  /** The service in SigV4's credential scope. */
  signingName: string;
  xmlNamespace: string;
  /** Where the SDK's schemas of this service are, loaded on its first call. */
  load: () => Promise<Readonly<Record<string, unknown>>>;
}

const entry = (
  id: ServiceId,
  protocol: ProtocolName,
  [version, target, xmlNamespace = '']: [version: string, target: string, xmlNamespace?: string],
  load: ServiceEntry['load'],
  signingName: string = id,
): ServiceEntry => ({ id, protocol, version, target, signingName, xmlNamespace, load });

export const catalog: readonly ServiceEntry[] = [
  entry(
    'application-autoscaling',
    'awsJson1_1',
    ['2016-02-06', 'AnyScaleFrontendService'],
    () => import('@aws-sdk/client-application-auto-scaling'),
    'application-autoscaling',
  ),
  entry(
    'autoscaling',
    'awsQuery',
    ['2011-01-01', 'AutoScaling_2011_01_01', 'http://autoscaling.amazonaws.com/doc/2011-01-01/'],
    () => import('@aws-sdk/client-auto-scaling'),
  ),
  entry(
    'cloudformation',
    'awsQuery',
    ['2010-05-15', 'CloudFormation', 'http://cloudformation.amazonaws.com/doc/2010-05-15/'],
    () => import('@aws-sdk/client-cloudformation'),
  ),
  entry(
    'cloudfront',
    'restXml',
    ['2020-05-31', 'Cloudfront2020_05_31', 'http://cloudfront.amazonaws.com/doc/2020-05-31/'],
    () => import('@aws-sdk/client-cloudfront'),
  ),
  entry(
    'cloudfront-keyvaluestore',
    'restJson1',
    ['2022-07-26', 'CloudFrontKeyValueStore'],
    () => import('@aws-sdk/client-cloudfront-keyvaluestore'),
  ),
  entry(
    'cloudwatch',
    'awsJson1_0',
    ['2010-08-01', 'GraniteServiceVersion20100801', 'http://monitoring.amazonaws.com/doc/2010-08-01/'],
    () => import('@aws-sdk/client-cloudwatch'),
    'monitoring',
  ),
  entry(
    'codedeploy',
    'awsJson1_1',
    ['2014-10-06', 'CodeDeploy_20141006'],
    () => import('@aws-sdk/client-codedeploy'),
  ),
  entry(
    'ec2',
    'ec2Query',
    ['2016-11-15', 'AmazonEC2', 'http://ec2.amazonaws.com/doc/2016-11-15/'],
    () => import('@aws-sdk/client-ec2'),
  ),
  entry(
    'ecr',
    'awsJson1_1',
    ['2015-09-21', 'AmazonEC2ContainerRegistry_V20150921'],
    () => import('@aws-sdk/client-ecr'),
  ),
  entry(
    'ecs',
    'awsJson1_1',
    ['2014-11-13', 'AmazonEC2ContainerServiceV20141113'],
    () => import('@aws-sdk/client-ecs'),
  ),
  entry(
    'elasticache',
    'awsQuery',
    ['2015-02-02', 'AmazonElastiCacheV9', 'http://elasticache.amazonaws.com/doc/2015-02-02/'],
    () => import('@aws-sdk/client-elasticache'),
  ),
  entry(
    'elasticloadbalancing',
    'awsQuery',
    ['2015-12-01', 'ElasticLoadBalancing_v10', 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'],
    () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  ),
  entry(
    'iam',
    'awsQuery',
    ['2010-05-08', 'AWSIdentityManagementV20100508', 'https://iam.amazonaws.com/doc/2010-05-08/'],
    () => import('@aws-sdk/client-iam'),
  ),
  entry('lambda', 'restJson1', ['2015-03-31', 'AWSGirApiService'], () => import('@aws-sdk/client-lambda')),
  entry(
    'logs',
    'awsJson1_1',
    ['2014-03-28', 'Logs_20140328'],
    () => import('@aws-sdk/client-cloudwatch-logs'),
  ),
  entry(
    'rds',
    'awsQuery',
    ['2014-10-31', 'AmazonRDSv19', 'http://rds.amazonaws.com/doc/2014-10-31/'],
    () => import('@aws-sdk/client-rds'),
  ),
  entry(
    's3',
    'restXml',
    ['2006-03-01', 'AmazonS3', 'http://s3.amazonaws.com/doc/2006-03-01/'],
    () => import('@aws-sdk/client-s3'),
  ),
  entry(
    'secretsmanager',
    'awsJson1_1',
    ['2017-10-17', 'secretsmanager'],
    () => import('@aws-sdk/client-secrets-manager'),
  ),
  entry('ssm', 'awsJson1_1', ['2014-11-06', 'AmazonSSM'], () => import('@aws-sdk/client-ssm')),
  entry(
    'sts',
    'awsQuery',
    ['2011-06-15', 'AWSSecurityTokenServiceV20110615', 'https://sts.amazonaws.com/doc/2011-06-15/'],
    () => import('@aws-sdk/client-sts'),
  ),
];
