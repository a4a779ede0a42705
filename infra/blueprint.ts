import {
  type EnvironmentNames,
  environmentNames,
  type Manifest,
  type ServiceManifest,
  type ServiceNames,
  serviceNames,
} from '../manifest/index.ts';
import type { EnvironmentConfig } from './config/schema.ts';

/** Everything that a stack is drawn from: the manifest and the configuration of one environment. */
export interface Blueprint {
  manifest: Manifest;
  environment: string;
  config: EnvironmentConfig;
  names: EnvironmentNames;
  region: string;
  /** Undefined: the account of whoever deploys. */
  account: string | undefined;
  /** `pika-staging`, the beginning of every name. */
  prefix: string;
  services: readonly ServiceBlueprint[];
}

export interface ServiceBlueprint {
  name: string;
  manifest: ServiceManifest;
  names: ServiceNames;
  /** After the tier: what its tasks are and how many there may be. */
  cpu: number;
  memory: number;
  tasks: { min: number; max: number };
}

export function drawBlueprint(manifest: Manifest, environment: string, config: EnvironmentConfig): Blueprint {
  const names = environmentNames(manifest, environment);
  const declared = manifest.environments[environment];
  return {
    manifest,
    environment,
    config,
    names,
    region: declared?.region ?? 'us-east-1',
    account: declared?.account,
    prefix: `${manifest.product}-${environment}`,
    services: Object.entries(manifest.services).map(([name, service]) => ({
      name,
      manifest: service,
      names: serviceNames(manifest, environment, name),
      cpu: Math.max(service.cpu, config.parts.taskSize?.cpu ?? 0),
      memory: Math.max(service.memory, config.parts.taskSize?.memory ?? 0),
      tasks: {
        min: Math.max(service.tasks.min, config.parts.tasks.min),
        max: Math.max(service.tasks.max, config.parts.tasks.max),
      },
    })),
  };
}
