import { production } from './production.ts';
import type { EnvironmentInput } from './schema.ts';

/** Production in small: the same parts, awake only for a release, nothing kept twice. */
export const staging: EnvironmentInput = {
  ...production,
  bootstrapQualifier: 'pikastg',
  sleeps: true,
  domain: 'staging.pika.example',
  disasterRecovery: { ...production.disasterRecovery, replicate: false },
  deployment: { config: 'CodeDeployDefault.ECSAllAtOnce', readyMinutes: 60, bakeMinutes: 5 },
  scaling: { ...production.scaling, schedules: [] },
  services: { ...production.services, businessMetrics: {} },
  monitoring: { ...production.monitoring, dashboards: false },
};
