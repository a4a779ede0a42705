import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { WebAcl } from '../constructs/web-acl.ts';
import { EnvironmentStack } from './environment-stack.ts';

/** What CloudFront accepts only from us-east-1. */
export class GlobalStack extends EnvironmentStack {
  readonly webAclArn: string;

  constructor(scope: Construct, blueprint: Blueprint) {
    super(scope, 'global', blueprint, {
      description: 'Web ACL of the distribution',
      region: 'us-east-1',
      sleeps: true,
    });
    this.webAclArn = new WebAcl(this, 'WebAcl', { name: blueprint.prefix, waf: blueprint.config.waf }).arn;
  }
}
