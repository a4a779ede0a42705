import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { applicationHandlers } from './applications.ts';
import { deploymentConfigHandlers, predefinedConfigs } from './deployment-configs.ts';
import { deploymentGroupHandlers } from './deployment-groups.ts';
import { deploymentTargetHandlers, hookHandlers } from './deployment-targets.ts';
import { activeDeployment, deploymentHandlers, enterRollback, rememberEnd } from './deployments.ts';
import { createEngine } from './engine/engine.ts';
import { createHookExecutions } from './engine/hook-executions.ts';
import type { Application, DeploymentGroup, Registry } from './registry.ts';
import { revisionHandlers } from './revisions.ts';
import { tagHandlers } from './tags.ts';

/**
 * CodeDeploy for the compute platform ECS. It acts on ECS, load balancers and alarms only by the calls
 * that AWSCodeDeployRoleForECS allows, under each deployment group's service role.
 */
export function createCodeDeploy(aws: Aws): EmbeddedService<'codedeploy'> {
  const registry: Registry = {
    applications: new Map(),
    configs: new Map(predefinedConfigs(aws).map((config) => [config.deploymentConfigName ?? '', config])),
    deployments: new Map(),
  };
  const hookExecutions = createHookExecutions();
  const engine = createEngine({
    aws,
    hookExecutions,
    rollBack: (record) => enterRollback(aws, registry, record),
    ended: (record) => rememberEnd(registry, record),
  });
  const removeGroup = (application: Application, group: DeploymentGroup): void => {
    const active = activeDeployment(registry, group);
    if (active) engine.occur(active, { type: 'groupDeleted' });
    application.groups.delete(group.name);
  };

  return {
    id: 'codedeploy',
    operations: {
      ...applicationHandlers(aws, registry, (application) => {
        for (const group of application.groups.values()) removeGroup(application, group);
      }),
      ...deploymentConfigHandlers(aws, registry),
      ...deploymentGroupHandlers(aws, registry, removeGroup),
      ...revisionHandlers(aws, registry),
      ...deploymentHandlers(aws, registry, engine),
      ...deploymentTargetHandlers(aws, registry),
      ...hookHandlers(registry, engine, hookExecutions),
      ...tagHandlers(registry),
    },
    stop: () => engine.stop(),
  };
}
