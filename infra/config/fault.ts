/** One thing wrong in the configuration: where, what is there, and what is allowed. */
export interface ConfigurationFault {
  /** `staging.network.subnets.private.1` */
  key: string;
  value: unknown;
  allowed: string;
}

/** All faults at once, before anything is synthesized. */
export class ConfigurationError extends Error {
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map(
      ({ key, value, allowed }) => `  ${key}: ${JSON.stringify(value) ?? 'is missing'} – ${allowed}`,
    );
    super(`The infrastructure’s configuration has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}
