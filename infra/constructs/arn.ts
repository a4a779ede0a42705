import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` in the stack's own region and account. */
export function stackArn(scope: Construct, service: string, resource: string): string {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** The same for what has no region: IAM, CloudFront. */
export function globalArn(scope: Construct, service: string, resource: string): string {
  const { partition, account } = Stack.of(scope);
  return `arn:${partition}:${service}::${account}:${resource}`;
}

/** The same in any region of the account. */
export function everyRegionArn(scope: Construct, service: string, resource: string): string {
  const { partition, account } = Stack.of(scope);
  return `arn:${partition}:${service}:*:${account}:${resource}`;
}
