/** The lifecycle events of an ECS deployment, in the order in which CodeDeploy runs them. */
export const lifecycleEventNames = [
  'BeforeInstall',
  'Install',
  'AfterInstall',
  'AllowTestTraffic',
  'AfterAllowTestTraffic',
  'BeforeAllowTraffic',
  'AllowTraffic',
  'AfterAllowTraffic',
] as const;

export type LifecycleEventName = (typeof lifecycleEventNames)[number];

/** The events to which an AppSpec may hook a Lambda function; the others are CodeDeploy's own work. */
export const hookableEventNames = [
  'BeforeInstall',
  'AfterInstall',
  'AfterAllowTestTraffic',
  'BeforeAllowTraffic',
  'AfterAllowTraffic',
] as const satisfies readonly LifecycleEventName[];

export type HookableEventName = (typeof hookableEventNames)[number];

export type Hooks = Readonly<Partial<Record<HookableEventName, string>>>;
