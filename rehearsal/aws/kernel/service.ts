import type { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import type { AutoScaling } from '@aws-sdk/client-auto-scaling';
import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { CloudFront } from '@aws-sdk/client-cloudfront';
import type { CloudFrontKeyValueStore } from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import type { CodeDeploy } from '@aws-sdk/client-codedeploy';
import type { EC2 } from '@aws-sdk/client-ec2';
import type { ECR } from '@aws-sdk/client-ecr';
import type { ECS } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ElastiCache } from '@aws-sdk/client-elasticache';
import type { IAM } from '@aws-sdk/client-iam';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { RDS } from '@aws-sdk/client-rds';
import type { S3 } from '@aws-sdk/client-s3';
import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { SSM } from '@aws-sdk/client-ssm';
import type { STS } from '@aws-sdk/client-sts';

/** The SDK's aggregated client of every service that the embedded AWS knows, by the service's IAM prefix. */
export interface ServiceClients {
  'application-autoscaling': ApplicationAutoScaling;
  autoscaling: AutoScaling;
  cloudformation: CloudFormation;
  cloudfront: CloudFront;
  'cloudfront-keyvaluestore': CloudFrontKeyValueStore;
  cloudwatch: CloudWatch;
  codedeploy: CodeDeploy;
  ec2: EC2;
  ecr: ECR;
  ecs: ECS;
  elasticache: ElastiCache;
  elasticloadbalancing: ElasticLoadBalancingV2;
  iam: IAM;
  lambda: Lambda;
  logs: CloudWatchLogs;
  rds: RDS;
  s3: S3;
  secretsmanager: SecretsManager;
  ssm: SSM;
  sts: STS;
}

export type ServiceId = keyof ServiceClients;

type Callback<Output> = (error: never, data?: Output) => void;
type Method<Input, Output> = (input: Input, options: never, callback: Callback<Output>) => void;

/** Operation names of a service as AWS writes them: `CreateService`, not `createService`. */
export type OperationName<Service extends ServiceId> = {
  [Name in keyof ServiceClients[Service] & string]: ServiceClients[Service][Name] extends Method<
    infer _I,
    infer _O
  >
    ? Capitalize<Name>
    : never;
}[keyof ServiceClients[Service] & string] &
  string;

type MethodOf<Service extends ServiceId, Operation extends string> =
  Uncapitalize<Operation> extends keyof ServiceClients[Service]
    ? ServiceClients[Service][Uncapitalize<Operation>]
    : never;

type Opaque = Date | Uint8Array | Blob | ReadableStream | ((...args: never[]) => unknown);

/**
 * A request after the wire has checked it: the SDK types a required member as `string | undefined`
 * without a question mark, and once the schema's required members were found present it is there.
 */
export type Validated<T> = T extends Opaque | string | number | boolean | undefined | null
  ? T
  : T extends (infer Item)[]
    ? number extends T['length']
      ? Validated<Item>[]
      : T
    : T extends object
      ? {
          [Key in keyof T]: undefined extends T[Key]
            ? object extends Pick<T, Key>
              ? Validated<T[Key]>
              : Validated<Exclude<T[Key], undefined>>
            : Validated<T[Key]>;
        }
      : T;

export type Input<Service extends ServiceId, Operation extends string> =
  MethodOf<Service, Operation> extends Method<infer I, infer _O> ? I : never;

export type Output<Service extends ServiceId, Operation extends string> =
  MethodOf<Service, Operation> extends Method<infer _I, infer O> ? Omit<O, '$metadata'> : never;

/** Who makes a call: a role's session, a user, or an AWS service acting for itself. */
export interface Principal {
  /** `arn:aws:sts::123456789012:assumed-role/deploy/run-7`, or `arn:aws:iam::…:root`. */
  arn: string;
  accountId: string;
  accessKeyId?: string;
  /** The role behind the session: what policies are attached to. */
  roleArn?: string;
  /** Session tags and federation claims, as condition keys see them. */
  context?: Readonly<Record<string, string | readonly string[]>>;
  /** Set when one embedded service calls another, e.g. `codedeploy.amazonaws.com`. */
  service?: string;
}

/** What a handler knows of the call besides its input. */
export interface Call {
  service: ServiceId;
  operation: string;
  principal: Principal;
  region: string;
  requestId: string;
}

export type Handler<Service extends ServiceId, Operation extends string> = (
  input: Validated<Input<Service, Operation>>,
  call: Call,
) => Output<Service, Operation> | Promise<Output<Service, Operation>>;

/** The operations that a service implements, each typed from the SDK's own client. */
export type Handlers<Service extends ServiceId> = {
  [Operation in OperationName<Service>]?: Handler<Service, Operation>;
};

/** One service's room: its operations, and what to stop when the embedded AWS stops. */
export interface EmbeddedService<Service extends ServiceId> {
  id: Service;
  operations: Handlers<Service>;
  /** Called once when the embedded AWS stops: close ports, end processes. */
  stop?: () => Promise<void> | void;
}

/** A service's room, whichever service it is. */
export type AnyEmbeddedService = { [Service in ServiceId]: EmbeddedService<Service> }[ServiceId];
