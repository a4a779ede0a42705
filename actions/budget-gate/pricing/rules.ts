import type { Context, Priced, Service, Use } from '../context.ts';
import type { Resource } from '../template/stack.ts';
import { cloudfront } from './cloudfront.ts';
import { cloudwatch } from './cloudwatch.ts';
import { ec2 } from './ec2.ts';
import { ecs } from './ecs.ts';
import { elasticache } from './elasticache.ts';
import { elb } from './elb.ts';
import { freeReason } from './free.ts';
import { opensearch } from './opensearch.ts';
import { rds } from './rds.ts';
import { route53 } from './route53.ts';
import { s3 } from './s3.ts';
import { security } from './security.ts';
import { serverless } from './serverless.ts';
import { systems } from './systems.ts';
import { waf } from './waf.ts';

const services: readonly Service[] = [
  ...[cloudfront, cloudwatch, ec2, ecs, elasticache, elb, opensearch],
  ...[rds, route53, s3, security, serverless, systems, waf],
];

const rules = Object.assign({}, ...services.map((service) => service.rules)) as Service['rules'];

/** What environments use of services whatever the number of their resources. */
export const uses: readonly Use[] = services.flatMap((service) => service.uses ?? []);

/** Prices one resource: what it needs, why it is free, or that its type is unknown. Never $0 by default. */
export function priceResource(resource: Resource, context: Context): Priced {
  const rule = Object.hasOwn(rules, resource.type) ? rules[resource.type] : undefined;
  if (rule) return rule(resource, context);
  const free = freeReason(resource.type);
  if (free !== undefined) return { free };
  return {
    unknown: `resources of type ${resource.type} have no pricing rule`,
    remedy: 'Leave it out, or add a rule (docs/budget.md, “A type that is unknown”)',
  };
}
