import { App } from 'aws-cdk-lib';
import { CURRENTLY_RECOMMENDED_FLAGS, DEFAULT_CROSS_STACK_REFERENCES } from 'aws-cdk-lib/cx-api';
import type { Manifest } from '../manifest/index.ts';
import { type Blueprint, drawBlueprint } from './blueprint.ts';
import type { Configuration } from './config/load.ts';
import { AccountStack } from './stacks/account.ts';
import { CacheStack } from './stacks/cache.ts';
import { DataStack } from './stacks/data.ts';
import { DrStack } from './stacks/dr.ts';
import { EdgeStack } from './stacks/edge.ts';
import { GlobalStack } from './stacks/global.ts';
import { NetworkStack } from './stacks/network.ts';
import { OpsStack } from './stacks/ops.ts';
import { PlatformStack } from './stacks/platform.ts';
import { ServicesStack } from './stacks/services.ts';

/**
 * An app with all of CDK's recommendations but one: references between stacks are exports, since CloudFormation
 * then refuses to take away what another stack uses.
 * @param validate whether CloudFormation's own rules judge the templates, which takes more than half of a synthesis.
 */
export function createApp(validate = true): App {
  return new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: validate,
    context: { ...CURRENTLY_RECOMMENDED_FLAGS, [DEFAULT_CROSS_STACK_REFERENCES]: 'strong' },
  });
}

/** Draws every stack: one account, and the environments in it, in the order in which they are deployed. */
export function drawInfrastructure(app: App, manifest: Manifest, configuration: Configuration): void {
  const blueprints = [...configuration.environments].map(([name, config]) =>
    drawBlueprint(manifest, name, config),
  );
  const account = new AccountStack(app, { account: configuration.account, blueprints });
  for (const blueprint of blueprints)
    drawEnvironment(app, blueprint, account, configuration.account.alertEmail);
}

function drawEnvironment(app: App, blueprint: Blueprint, account: AccountStack, email: string): void {
  if (blueprint.config.disasterRecovery.replicate) new DrStack(app, blueprint);
  const { webAclArn } = new GlobalStack(app, blueprint);
  const network = new NetworkStack(app, blueprint);
  const { vpc, securityGroups, logs } = network;
  const data = new DataStack(app, blueprint, network);
  const cache = new CacheStack(app, blueprint, network);
  const { hostedZone, certificate } = account;
  const platform = new PlatformStack(app, blueprint, {
    vpc,
    securityGroups,
    logs,
    hostedZone,
    database: data.database,
    taskLogs: data.serviceLogs.tasks,
    backups: data.storage.backups,
  });
  new ServicesStack(app, blueprint, { platform, data, cache, securityGroups });
  new EdgeStack(app, blueprint, {
    vpc,
    securityGroups,
    platform,
    logs,
    webAclArn,
    certificate,
    hostedZone,
    staticBucket: data.storage.static,
  });
  new OpsStack(app, blueprint, { platform, data, email });
}
