import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { CodeDeploy } from '@aws-sdk/client-codedeploy';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAM } from '@aws-sdk/client-iam';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';

/** The SDK's clients, as anybody would make them. */
export interface Clients {
  autoScaling: ApplicationAutoScaling;
  cloudFormation: CloudFormation;
  cloudWatch: CloudWatch;
  codeDeploy: CodeDeploy;
  ec2: EC2;
  ecr: ECR;
  ecs: ECS;
  iam: IAM;
  loadBalancing: ElasticLoadBalancingV2;
  logs: CloudWatchLogs;
  secrets: SecretsManager;
  ssm: SSM;
  sts: STS;
}

/** @param env variables that the embedded AWS names for its clients. */
export function createClients(env: Readonly<Record<string, string>>): Clients {
  const options = {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
      ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    },
  };
  return {
    autoScaling: new ApplicationAutoScaling(options),
    cloudFormation: new CloudFormation(options),
    cloudWatch: new CloudWatch(options),
    codeDeploy: new CodeDeploy(options),
    ec2: new EC2(options),
    ecr: new ECR(options),
    ecs: new ECS(options),
    iam: new IAM(options),
    loadBalancing: new ElasticLoadBalancingV2(options),
    logs: new CloudWatchLogs(options),
    secrets: new SecretsManager(options),
    ssm: new SSM(options),
    sts: new STS(options),
  };
}

/** What a call must have answered. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`${what} is missing from the answer`);
  return value;
}
