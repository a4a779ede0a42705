import { randomUUID } from 'node:crypto';
import type { ApplicationInfo } from '@aws-sdk/client-codedeploy';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { applicationNamed, refuseLargeBatch, refuseMalformedName } from './lookups.ts';
import { page } from './page.ts';
import type { Application, Registry } from './registry.ts';

const infoOf = (application: Application): ApplicationInfo => ({
  applicationId: application.id,
  applicationName: application.name,
  createTime: application.createTime,
  linkedToGitHub: false,
  computePlatform: 'ECS',
});

export function applicationHandlers(
  aws: Aws,
  registry: Registry,
  removeGroups: (application: Application) => void,
): Handlers<'codedeploy'> {
  return {
    CreateApplication: (input) => {
      refuseMalformedName(input.applicationName, 'InvalidApplicationNameException');
      refuseOtherPlatforms(input.computePlatform);
      refuseKnownName(registry, input.applicationName);
      const application: Application = {
        id: randomUUID(),
        name: input.applicationName,
        createTime: aws.clock.now(),
        tags: input.tags ?? [],
        revisions: new Map(),
        groups: new Map(),
      };
      registry.applications.set(application.name, application);
      return { applicationId: application.id };
    },
    GetApplication: (input) => ({ application: infoOf(applicationNamed(registry, input.applicationName)) }),
    BatchGetApplications: (input) => {
      refuseLargeBatch(input.applicationNames);
      return {
        applicationsInfo: input.applicationNames.map((name) => infoOf(applicationNamed(registry, name))),
      };
    },
    ListApplications: (input) => {
      const { items, nextToken } = page([...registry.applications.keys()].toSorted(), input.nextToken);
      return { applications: items, ...(nextToken ? { nextToken } : {}) };
    },
    UpdateApplication: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const name = input.newApplicationName ?? application.name;
      if (name === application.name) return {};
      refuseMalformedName(name, 'InvalidApplicationNameException');
      refuseKnownName(registry, name);
      rename(registry, application, name);
      return {};
    },
    DeleteApplication: (input) => {
      const application = registry.applications.get(input.applicationName);
      if (!application) return {};
      removeGroups(application);
      registry.applications.delete(application.name);
      return {};
    },
  };
}

function rename(registry: Registry, application: Application, name: string): void {
  registry.applications.delete(application.name);
  for (const deployment of registry.deployments.values()) {
    if (deployment.applicationName === application.name) deployment.applicationName = name;
  }
  for (const group of application.groups.values()) group.applicationName = name;
  application.name = name;
  registry.applications.set(name, application);
}

function refuseKnownName(registry: Registry, name: string): void {
  if (!registry.applications.has(name)) return;
  throw awsError('ApplicationAlreadyExistsException', `An application with the name ${name} already exists`);
}

/** AWS's default is Server. Neither it nor Lambda has an engine here, so neither is pretended. */
function refuseOtherPlatforms(computePlatform: string | undefined): void {
  if (computePlatform === 'ECS') return;
  const platform = computePlatform ?? 'Server (the default)';
  throw awsError(
    'InvalidComputePlatformException',
    computePlatform === undefined || computePlatform === 'Server' || computePlatform === 'Lambda'
      ? `The embedded AWS implements CodeDeploy for the compute platform ECS only, not for ${platform}`
      : `The computePlatform ${platform} is invalid. It should be Lambda, Server, or ECS`,
  );
}
