import type { DeploymentConfigInfo } from '@aws-sdk/client-codedeploy';
import { awsError } from '../kernel/error.ts';
import type { Application, DeploymentGroup, DeploymentRecord, Registry } from './registry.ts';

/** CodeDeploy takes at most this many names or ids in one batch. */
const batchLimit = 100;

export function applicationNamed(registry: Registry, name: string | undefined): Application {
  if (!name) throw awsError('ApplicationNameRequiredException', 'Application name is missing');
  const application = registry.applications.get(name);
  if (!application) {
    throw awsError('ApplicationDoesNotExistException', `No application found for name: ${name}`);
  }
  return application;
}

export function groupNamed(application: Application, name: string | undefined): DeploymentGroup {
  if (!name) throw awsError('DeploymentGroupNameRequiredException', 'Deployment Group name is missing');
  const group = application.groups.get(name);
  if (!group) {
    throw awsError('DeploymentGroupDoesNotExistException', `No Deployment Group found for name: ${name}`);
  }
  return group;
}

export function configNamed(registry: Registry, name: string): DeploymentConfigInfo {
  const config = registry.configs.get(name);
  if (!config) {
    throw awsError(
      'DeploymentConfigDoesNotExistException',
      `No Deployment Configuration found for name: ${name}`,
    );
  }
  return config;
}

export function deploymentOf(registry: Registry, id: string | undefined): DeploymentRecord {
  const wellFormed = wellFormedDeploymentId(id);
  const record = registry.deployments.get(wellFormed);
  if (!record) {
    throw awsError('DeploymentDoesNotExistException', `The deployment ${wellFormed} could not be found`);
  }
  return record;
}

export function wellFormedDeploymentId(id: string | undefined): string {
  if (!id) throw awsError('DeploymentIdRequiredException', 'DeploymentId is missing');
  if (!/^d-[A-Z0-9]{9}$/.test(id)) {
    throw awsError(
      'InvalidDeploymentIdException',
      `Specified DeploymentId is not in the valid format: ${id}`,
    );
  }
  return id;
}

export function refuseLargeBatch(names: readonly unknown[]): void {
  if (names.length > batchLimit) {
    throw awsError(
      'BatchLimitExceededException',
      `The maximum number of names or IDs allowed for this request (${batchLimit}) was exceeded: ${names.length}`,
    );
  }
}

const namePattern = /^[A-Za-z0-9+=,.@_-]{1,100}$/;

export function refuseMalformedName(
  name: string,
  code:
    | 'InvalidApplicationNameException'
    | 'InvalidDeploymentGroupNameException'
    | 'InvalidDeploymentConfigNameException',
): void {
  if (namePattern.test(name)) return;
  throw awsError(
    code,
    `The name '${name}' is not valid: 1 to 100 letters, digits and the characters + = , . @ _ - are allowed`,
  );
}
