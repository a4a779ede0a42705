import type { z } from 'zod';
import type { Manifest } from '../../manifest/index.ts';
import { fixedMonthlyCost } from '../costs/floor.ts';
import { account as accountInput } from './account.ts';
import { ConfigurationError, type ConfigurationFault } from './fault.ts';
import { production } from './production.ts';
import { type AccountConfig, accountSchema, type EnvironmentConfig, environmentSchema } from './schema.ts';
import { staging } from './staging.ts';
import { TIERS } from './tiers.ts';
import { validateEnvironment, validateTogether } from './validate.ts';

export interface Configuration {
  account: AccountConfig;
  environments: ReadonlyMap<string, EnvironmentConfig>;
}

/** The configuration as it is written down in this folder, before any check. */
export interface ConfigurationInput {
  account: unknown;
  environments: Readonly<Record<string, unknown>>;
}

export const written: ConfigurationInput = {
  account: accountInput,
  environments: { staging, production },
};

/**
 * Checks the configuration against its schema, against itself and against the manifest.
 * @throws ConfigurationError with every fault: key, value, what is allowed.
 */
export function loadConfiguration(manifest: Manifest, input: ConfigurationInput = written): Configuration {
  const account = accountSchema.safeParse(input.account);
  const faults = account.success ? [] : schemaFaults('account', input.account, account.error);
  const environments = new Map<string, EnvironmentConfig>();
  for (const [name, value] of Object.entries(input.environments)) {
    if (!manifest.environments[name]) {
      const declared = Object.keys(manifest.environments).join(', ');
      faults.push({ key: name, value: '(environment)', allowed: `an environment of pika.yml: ${declared}` });
    }
    const parsed = environmentSchema.safeParse(value);
    if (!parsed.success) faults.push(...schemaFaults(name, value, parsed.error));
    else environments.set(name, withTier(parsed.data));
  }
  for (const name of Object.keys(manifest.environments)) {
    if (!(name in input.environments)) {
      faults.push({
        key: name,
        value: undefined,
        allowed: `pika.yml declares it: add infra/config/${name}.ts`,
      });
    }
  }
  for (const [name, config] of environments) faults.push(...validateEnvironment(manifest, name, config));
  if (account.success) {
    const floor = fixedMonthlyCost(manifest, environments);
    faults.push(...validateTogether(manifest, account.data, environments, floor));
    if (faults.length === 0) return { account: account.data, environments };
  }
  throw new ConfigurationError(faults);
}

function withTier(config: z.output<typeof environmentSchema>): EnvironmentConfig {
  const given = Object.fromEntries(Object.entries(config.parts).filter(([, value]) => value !== undefined));
  return { ...config, parts: { ...TIERS[config.tier], ...given } };
}

function schemaFaults(name: string, input: unknown, error: z.ZodError): ConfigurationFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        key: [name, ...path, key].join('.'),
        value: valueAt(input, [...path, key]),
        allowed: 'no such key; see infra/config/schema.ts',
      }));
    }
    return [{ key: [name, ...path].join('.'), value: valueAt(input, path), allowed: issue.message }];
  });
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    input,
  );
}
