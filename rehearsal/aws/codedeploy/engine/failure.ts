import type { ErrorInformation } from '@aws-sdk/client-codedeploy';
import { AwsError } from '../../kernel/error.ts';
import type { ServiceId } from '../../kernel/service.ts';

/** A step's failure as the deployment reports it. */
export class DeploymentFailure extends Error {
  readonly information: ErrorInformation;

  constructor(code: NonNullable<ErrorInformation['code']>, message: string) {
    super(message);
    this.name = code;
    this.information = { code, message };
  }

  static of(error: unknown): DeploymentFailure {
    if (error instanceof DeploymentFailure) return error;
    const failure = new DeploymentFailure(
      'INTERNAL_ERROR',
      error instanceof Error ? error.message : String(error),
    );
    failure.cause = error;
    return failure;
  }
}

const serviceTitles: Partial<Record<ServiceId, string>> = {
  ecs: 'AmazonECS',
  elasticloadbalancing: 'AmazonElasticLoadBalancing',
  cloudwatch: 'AmazonCloudWatch',
  lambda: 'AWSLambda',
};

const throttlingCodes = new Set([
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);
const denialCodes = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'NotAuthorized',
]);

export function isThrottled(error: unknown): boolean {
  return error instanceof AwsError && throttlingCodes.has(error.code);
}

/** What a refused call to another service means for the deployment, in CodeDeploy's codes and sentences. */
export function failureOf(error: unknown, service: ServiceId, roleArn: string): DeploymentFailure {
  if (!(error instanceof AwsError)) return DeploymentFailure.of(error);
  if (denialCodes.has(error.code)) {
    return new DeploymentFailure(
      'IAM_ROLE_PERMISSIONS',
      `The IAM role ${roleArn} does not give you permission to perform operations in the following AWS service: ${serviceTitles[service] ?? service}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies. (${error.message})`,
    );
  }
  if (throttlingCodes.has(error.code)) return new DeploymentFailure('THROTTLED', error.message);
  if (/LimitExceeded|TooMany/.test(error.code)) {
    return new DeploymentFailure('RESOURCE_LIMIT_EXCEEDED', error.message);
  }
  if (service === 'elasticloadbalancing') {
    return new DeploymentFailure(
      'ELASTIC_LOAD_BALANCING_INVALID',
      `The ELB could not be updated due to the following error: ${error.message}`,
    );
  }
  if (service === 'lambda') return new DeploymentFailure('INVALID_LAMBDA_FUNCTION', error.message);
  return new DeploymentFailure(
    'ECS_UPDATE_ERROR',
    `The Amazon ECS service cannot be updated due to the following error: ${error.message}`,
  );
}
