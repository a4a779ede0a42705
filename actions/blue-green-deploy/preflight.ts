import { deniedCall, messageOf } from '../common/aws.ts';
import type { Fault } from '../common/fault.ts';
import type { ChangedStep } from './plan.ts';

/** What a check is given and what it finds. */
export interface Preflight {
  steps: readonly ChangedStep[];
  /** A firing alarm is told, and keeps nothing from starting. */
  ignoreAlarms: boolean;
  deadline: number;
  signal?: AbortSignal;
}

export interface Findings {
  faults: Fault[];
  /** Checks that could not be made, each naming the permission or the reason. */
  warnings: string[];
}

/** Something that a check could not look at; it becomes a warning. */
export interface Unchecked {
  unchecked: string;
}

type Check = (preflight: Preflight) => Promise<(Fault | Unchecked)[]>;

/** Each check with the permission that it needs; its client is loaded only then. */
const CHECKS: readonly { what: string; action: string; load: () => Promise<Check> }[] = [
  {
    what: 'images',
    action: 'ecr:BatchGetImage',
    load: async () => (await import('./preflight/images.ts')).checkImages,
  },
  {
    what: 'roles',
    action: 'iam:GetRole',
    load: async () => (await import('./preflight/roles.ts')).checkRoles,
  },
  {
    what: 'subnets and security groups',
    action: 'ec2:DescribeSubnets',
    load: async () => (await import('./preflight/network.ts')).checkNetwork,
  },
  {
    what: 'log groups',
    action: 'logs:DescribeLogGroups',
    load: async () => (await import('./preflight/log-groups.ts')).checkLogGroups,
  },
  {
    what: 'secrets',
    action: 'secretsmanager:DescribeSecret',
    load: async () => (await import('./preflight/secrets.ts')).checkSecrets,
  },
  {
    what: 'listeners and target groups',
    action: 'elasticloadbalancing:DescribeListeners',
    load: async () => (await import('./preflight/routes.ts')).checkRoutes,
  },
  {
    what: 'alarms',
    action: 'cloudwatch:DescribeAlarms',
    load: async () => (await import('./preflight/alarms.ts')).checkAlarms,
  },
];

/** Everything that can be known to be wrong before anything is changed, all at once. */
export async function checkPlan(preflight: Preflight): Promise<Findings> {
  if (preflight.steps.length === 0) return { faults: [], warnings: [] };
  const findings = await Promise.all(
    CHECKS.map(async ({ what, action, load }): Promise<Findings> => {
      try {
        const check = await load();
        const found = await check(preflight);
        return {
          faults: found.flatMap((finding) => ('unchecked' in finding ? [] : [finding])),
          warnings: found.flatMap((finding) => ('unchecked' in finding ? [finding.unchecked] : [])),
        };
      } catch (error) {
        preflight.signal?.throwIfAborted();
        return { faults: [], warnings: [notChecked(what, action, error)] };
      }
    }),
  );
  return {
    faults: [
      ...preflight.steps.flatMap(({ live }) => readyGateFaults(live.target.deploymentGroup, live.group)),
      ...findings.flatMap(({ faults }) => faults),
    ],
    warnings: findings.flatMap(({ warnings }) => warnings),
  };
}

/** A check that is not made is never a silent pass. */
function notChecked(what: string, action: string, error: unknown): string {
  const denied = deniedCall(error, action);
  return denied
    ? `The ${what} were not checked: allow ${denied.action} to the role of this job.`
    : `The ${what} were not checked: ${action} answered ${messageOf(error)}`;
}

/** Without a gate, production traffic would shift by itself before anybody has looked at green. */
function readyGateFaults(name: string, group: ChangedStep['live']['group']): Fault[] {
  const option = group.blueGreenDeploymentConfiguration?.deploymentReadyOption;
  if (option?.actionOnTimeout === 'STOP_DEPLOYMENT' && (option.waitTimeInMinutes ?? 0) > 0) return [];
  return [
    {
      subject: `deployment group ${name}`,
      message: `has no ready gate (actionOnTimeout ${option?.actionOnTimeout ?? 'CONTINUE_DEPLOYMENT'})`,
      remedy: 'Set its deploymentReadyOption to STOP_DEPLOYMENT with waitTimeInMinutes of 1 to 7200',
    },
  ];
}
