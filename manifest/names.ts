import type { Manifest } from './manifest.ts';

/** The AWS names of one service in one environment. Infrastructure creates them, releases address them. */
export interface ServiceNames {
  /** ECS service. */
  service: string;
  /** Task definition family, without revision. */
  family: string;
  /** The container that the release changes. */
  container: string;
  deploymentGroup: string;
  /** ECR repository; shared by all environments of the account. */
  repository: string;
  blueTargetGroup: string;
  greenTargetGroup: string;
  logGroup: string;
  errorLogGroup: string;
  taskRole: string;
  /** Database schema and user, cache user. */
  schema: string;
}

export interface EnvironmentNames {
  cluster: string;
  /** CodeDeploy application: one for the environment, a deployment group per service. */
  application: string;
  loadBalancer: string;
  executionRole: string;
  codeDeployRole: string;
  /** Assumed by a release: may deploy this environment's services, nothing else. */
  deployRole: string;
  /** Assumed to deploy this environment's stacks, through its own CDK bootstrap. */
  infrastructureRole: string;
  /** Managed policy that bounds what this environment's CloudFormation may touch. */
  executionPolicy: string;
  /** Task definition family of the one-off task that creates schemas, users and extensions. */
  migration: string;
  migrationRole: string;
  /** SSM path below which a release finds what it needs to reach green's test listeners. */
  testAccessParameters: string;
}

/** What there is once for all environments. */
export interface ProductNames {
  /** Assumed by a build on the default branch: may push images. */
  buildRole: string;
  /** Assumed by any run of the repository: may read prices, budgets and spending. */
  budgetRole: string;
}

export function productNames(manifest: Manifest): ProductNames {
  return { buildRole: `${manifest.product}-build`, budgetRole: `${manifest.product}-budget` };
}

/** @throws RangeError when the manifest has no such environment. */
export function environmentNames(manifest: Manifest, environment: string): EnvironmentNames {
  const declared = manifest.environments[environment];
  if (!declared) {
    throw new RangeError(
      `environment ${JSON.stringify(environment)} is not declared; declared: ${Object.keys(manifest.environments).join(', ')}`,
    );
  }
  const prefix = `${manifest.product}-${environment}`;
  return {
    cluster: declared.cluster ?? prefix,
    application: declared.application ?? prefix,
    loadBalancer: prefix,
    executionRole: `${prefix}-execution`,
    codeDeployRole: `${prefix}-codedeploy`,
    deployRole: `${prefix}-deploy`,
    infrastructureRole: `${prefix}-infrastructure`,
    executionPolicy: `${prefix}-execution`,
    migration: `${prefix}-migration`,
    migrationRole: `${prefix}-migration-task`,
    testAccessParameters: `/${manifest.product}/${environment}/test-access`,
  };
}

/** @throws RangeError when the manifest has no such environment or service. */
export function serviceNames(manifest: Manifest, environment: string, service: string): ServiceNames {
  environmentNames(manifest, environment);
  if (!manifest.services[service]) {
    throw new RangeError(
      `service ${JSON.stringify(service)} is not declared; declared: ${Object.keys(manifest.services).join(', ')}`,
    );
  }
  const prefix = `${manifest.product}-${environment}`;
  return {
    service,
    family: `${prefix}-${service}`,
    container: service,
    deploymentGroup: service,
    repository: `${manifest.product}/${service}`,
    blueTargetGroup: targetGroupName(environment, service, 'blue'),
    greenTargetGroup: targetGroupName(environment, service, 'green'),
    logGroup: `/${manifest.product}/${environment}/${service}`,
    errorLogGroup: `/${manifest.product}/${environment}/${service}/errors`,
    taskRole: `${prefix}-${service}-task`,
    schema: service.replaceAll('-', '_'),
  };
}

/** Target group names are at most 32 characters and may not begin or end with a hyphen. */
function targetGroupName(environment: string, service: string, color: 'blue' | 'green'): string {
  const room = 32 - color.length - 1;
  return `${`${environment.slice(0, 10)}-${service}`.slice(0, room).replace(/-$/, '')}-${color}`;
}
