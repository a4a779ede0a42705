import { DefaultStackSynthesizer, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';

export interface EnvironmentStackOptions {
  /** What the stack is, for whoever opens CloudFormation's console. */
  readonly description: string;
  /** Holds what cannot be made again: protected from deletion. */
  readonly stateful?: boolean;
  /** Not kept while the environment sleeps. */
  readonly sleeps?: boolean;
  /** Default: the environment's region. */
  readonly region?: string;
}

/** A stack of one environment: its name, its own bootstrap, its tags, its protection. */
export class EnvironmentStack extends Stack {
  constructor(scope: Construct, id: string, blueprint: Blueprint, options: EnvironmentStackOptions) {
    const { prefix, account, environment, config, manifest } = blueprint;
    super(scope, `${prefix}-${id}`, {
      stackName: `${prefix}-${id}`,
      description: options.description,
      env: { region: options.region ?? blueprint.region, ...(account ? { account } : {}) },
      synthesizer: new DefaultStackSynthesizer({ qualifier: config.bootstrapQualifier }),
      terminationProtection: options.stateful === true || !config.sleeps,
      crossRegionReferences: options.region !== undefined && options.region !== blueprint.region,
    });
    Tags.of(this).add('product', manifest.product);
    Tags.of(this).add('environment', environment);
    Tags.of(this).add('sleeps', String(config.sleeps && options.sleeps === true));
  }
}
