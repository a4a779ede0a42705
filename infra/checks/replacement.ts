import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';

/** A template of a cloud assembly by the name of its stack. */
export type Templates = Readonly<Record<string, unknown>>;

/** What cannot be made again: never replaced, never removed. */
const STATEFUL = new Set([
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
  'AWS::ECR::Repository',
  'AWS::Route53::HostedZone',
  'AWS::OpenSearchService::Domain',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
]);

/**
 * What a release has taken over. CloudFormation sends every property of an ECS service again, which ECS refuses for
 * CODE_DEPLOY; a listener would get its first weights back.
 */
const FROZEN = new Set([
  'AWS::ECS::Service',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
]);

const LOST = new Set([
  ResourceImpact.WILL_REPLACE,
  ResourceImpact.MAY_REPLACE,
  ResourceImpact.WILL_DESTROY,
  ResourceImpact.WILL_ORPHAN,
]);

/** `lost`: its data would be gone. `frozen`: CloudFormation would undo or refuse what a release did. */
export interface ForbiddenChange {
  what: 'lost' | 'frozen';
  sentence: string;
}

/** Changes against what was released last that must not happen by accident. */
export function forbiddenChanges(released: Templates, next: Templates): ForbiddenChange[] {
  return Object.entries(released).flatMap(([stack, before]) => {
    const after = next[stack] ?? { Resources: {} };
    const found: ForbiddenChange[] = [];
    fullDiff(templateOf(before), templateOf(after)).resources.forEachDifference((logicalId, change) => {
      const type = change.resourceType ?? '';
      const where = `${stack}/${logicalId} (${type})`;
      if (STATEFUL.has(type) && LOST.has(change.changeImpact)) {
        const impact = change.changeImpact.toLowerCase().replaceAll('_', ' ');
        found.push({ what: 'lost', sentence: `${where}: ${impact}${propertiesOf(change.propertyUpdates)}` });
      } else if (FROZEN.has(type) && !change.isAddition && change.changeImpact !== ResourceImpact.NO_CHANGE) {
        const updates = propertiesOf(change.propertyUpdates);
        found.push({ what: 'frozen', sentence: `${where}: is frozen after creation${updates}` });
      }
    });
    return found;
  });
}

function templateOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function propertiesOf(updates: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(updates);
  return names.length > 0 ? `, by ${names.join(', ')}` : '';
}
