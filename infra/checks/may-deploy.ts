import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';
import { type GuardedService, readLiveTraffic, refusals } from './live-traffic.ts';
import { forbiddenChanges, type Templates } from './replacement.ts';

/** `frozen`: not platform and services, which hold weights and revisions. `lost`: none, since data would be gone. */
export interface DeployVerdict {
  verdict: 'free' | 'frozen' | 'lost';
  reasons: readonly string[];
}

/** Stacks that hold weights and revisions, which belong to releases while green is live. */
export const FROZEN = ['platform', 'services'] as const;

/**
 * Whether the stacks of an environment may be deployed now: by what is live, and by the templates deployed last.
 * @param templates `released`: those deployed last, as far as they are known; `next`: those that are to be deployed.
 */
export async function mayDeploy(
  manifest: Manifest,
  environment: { name: string; region: string },
  { released, next }: { released: Templates; next: Templates },
): Promise<DeployVerdict> {
  const changes = forbiddenChanges(released, next);
  const reasons = [...(await liveReasons(manifest, environment)), ...changes.map(({ sentence }) => sentence)];
  if (reasons.length === 0) return { verdict: 'free', reasons };
  return { verdict: changes.some(({ what }) => what === 'lost') ? 'lost' : 'frozen', reasons };
}

async function liveReasons(
  manifest: Manifest,
  { name: environment, region }: { name: string; region: string },
): Promise<string[]> {
  const { cluster, loadBalancer } = environmentNames(manifest, environment);
  const services = Object.entries(manifest.services).map(([name, { listener }]): GuardedService => {
    const names = serviceNames(manifest, environment, name);
    return {
      service: names.service,
      productionPort: listener.production,
      blueTargetGroup: names.blueTargetGroup,
    };
  });
  const query = { cluster, services, loadBalancers: [loadBalancer, `${loadBalancer}-public`] };
  const elb = new ElasticLoadBalancingV2Client({ region });
  return refusals(await readLiveTraffic(new ECSClient({ region }), elb, query), services);
}
