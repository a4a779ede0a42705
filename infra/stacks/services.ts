import { EcsApplication } from 'aws-cdk-lib/aws-codedeploy';
import { Secret as EcsSecret } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import { BlueGreenService } from '../constructs/blue-green-service.ts';
import { cacheUser } from '../constructs/cache.ts';
import { codeDeployRole } from '../constructs/code-deploy-role.ts';
import { DATABASE_NAME } from '../constructs/database.ts';
import type { SecurityGroups } from '../constructs/security-groups.ts';
import { firebaseParameter, taskRole } from '../constructs/task-role.ts';
import type { CacheStack } from './cache.ts';
import type { DataStack } from './data.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { PlatformStack } from './platform.ts';

export interface ServicesStackProps {
  readonly platform: PlatformStack;
  readonly data: DataStack;
  readonly cache: CacheStack;
  readonly securityGroups: SecurityGroups;
}

/** The gateway and the six services with their roles and deployment groups; releases do the rest. */
export class ServicesStack extends EnvironmentStack {
  readonly services: ReadonlyMap<string, BlueGreenService>;

  constructor(scope: Construct, blueprint: Blueprint, props: ServicesStackProps) {
    super(scope, 'services', blueprint, {
      description: 'Task definitions, ECS services, CodeDeploy deployment groups',
      sleeps: true,
    });
    const application = new EcsApplication(this, 'Application', {
      applicationName: blueprint.names.application,
    });
    const codeDeploy = codeDeployRole(this, blueprint);
    this.services = new Map(
      blueprint.services.map((service) => {
        const { platform, data, cache, securityGroups } = props;
        const scopeOfService = new Construct(this, service.name);
        const logGroup = data.serviceLogs.group(service.name);
        const blueGreenService = new BlueGreenService(scopeOfService, 'BlueGreen', {
          blueprint,
          service,
          application,
          // Without updates: the construct would attach AWS’s own policy, which reaches every service of the account.
          codeDeployRole: codeDeploy.withoutPolicyUpdates(),
          cluster: platform.cluster,
          listeners: platform.listenersOf(service.name),
          executionRole: platform.executionRole,
          securityGroup: securityGroups.service(service.name),
          logGroup,
          taskRole: taskRole(scopeOfService, {
            blueprint,
            service,
            logGroup,
            database: data.database,
            cache: cache.cache,
            uploads: data.storage.uploads,
            searchDomain: data.searchDomain,
          }),
          environment: containerEnvironment(blueprint, service, props),
          secrets: blueprint.config.services.tokens.includes(service.name)
            ? { TOKEN_SECRET: EcsSecret.fromSecretsManager(data.tokenSecret) }
            : {},
        });
        return [service.name, blueGreenService];
      }),
    );
  }
}

/** What a container is told: where its database, cache and bucket are, and where the services are that it calls. */
function containerEnvironment(
  blueprint: Blueprint,
  { name, manifest, names }: ServiceBlueprint,
  { platform, data, cache }: ServicesStackProps,
): Record<string, string> {
  const { config } = blueprint;
  const calls = manifest.dependsOn.map((callee): [string, string] => [
    `${callee.replaceAll('-', '_').toUpperCase()}_URL`,
    `http://${platform.internal.loadBalancerDnsName}:${blueprint.manifest.services[callee]?.listener.production}`,
  ]);
  return {
    PORT: String(manifest.port),
    ENVIRONMENT: blueprint.environment,
    DATABASE_HOST: data.database.endpoint,
    DATABASE_READ_HOST: data.database.readEndpoint,
    DATABASE_NAME,
    DATABASE_USER: names.schema,
    DATABASE_POOL_SIZE: '2',
    CACHE_HOST: cache.cache.endpoint,
    CACHE_USER: cacheUser(blueprint, names.schema),
    CORS_ORIGINS: `https://${config.domain}`,
    ...(config.services.uploads.includes(name)
      ? { UPLOADS_BUCKET: data.storage.uploads.bucketName, UPLOADS_PREFIX: `${name}/` }
      : {}),
    ...(config.services.firebase.includes(name) ? { FIREBASE_PARAMETER: firebaseParameter(blueprint) } : {}),
    ...(data.searchDomain && config.services.fullTextSearch.includes(name)
      ? { SEARCH_ENDPOINT: `https://${data.searchDomain.domainEndpoint}` }
      : {}),
    ...Object.fromEntries(calls),
  };
}
