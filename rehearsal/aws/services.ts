import { createApplicationAutoScaling } from './application-autoscaling/application-auto-scaling.ts';
import { createAutoScaling } from './autoscaling/autoscaling.ts';
import { createCloudFormation } from './cloudformation/cloudformation.ts';
import { createCloudWatch } from './cloudwatch/cloudwatch.ts';
import { createCodeDeploy } from './codedeploy/codedeploy.ts';
import type { TaskRuntime } from './dataplane/task/runtime.ts';
import { createEc2 } from './ec2/ec2.ts';
import { createEcr } from './ecr/ecr.ts';
import { createEcs } from './ecs/ecs.ts';
import { createElastiCache } from './elasticache/elasticache.ts';
import { createElasticLoadBalancing } from './elasticloadbalancing/elastic-load-balancing.ts';
import type { Aws } from './kernel/aws.ts';
import type { AnyEmbeddedService } from './kernel/service.ts';
import { createLambda } from './lambda/lambda.ts';
import { createLogs } from './logs/logs.ts';
import { createS3 } from './s3/s3.ts';
import { createSecretsManager } from './secretsmanager/secretsmanager.ts';
import { createSsm } from './ssm/ssm.ts';
import { createSts } from './sts/sts.ts';

type Create = (aws: Aws, runtime: TaskRuntime) => AnyEmbeddedService;

/** Services that are one in all regions, IAM apart. The names of S3's buckets are. */
export const globalServices: readonly Create[] = [createS3, createSts];

/** Services that each region has to itself, RDS apart. A new one is a folder beside this file and a line here. */
export const regionalServices: readonly Create[] = [
  createApplicationAutoScaling,
  createAutoScaling,
  createCloudFormation,
  createCloudWatch,
  createCodeDeploy,
  createEc2,
  (aws) => createEcr(aws),
  createEcs,
  createElastiCache,
  createElasticLoadBalancing,
  createLambda,
  createLogs,
  createSecretsManager,
  createSsm,
];
