import type { Handlers } from '../kernel/service.ts';
import { page } from './page.ts';

/** AWS's default quotas for application load balancers. */
const limits = {
  'application-load-balancers': 50,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-groups': 3_000,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-application-load-balancer': 100,
  'targets-per-application-load-balancer': 1_000,
  'certificates-per-application-load-balancer': 25,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
} as const;

export function limitOperations(): Handlers<'elasticloadbalancing'> {
  return {
    DescribeAccountLimits: (input) => {
      const all = Object.entries(limits).map(([Name, most]) => ({ Name, Max: String(most) }));
      const { items, marker } = page(all, input);
      return { Limits: items, ...marker };
    },
  };
}
