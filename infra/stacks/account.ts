import { DefaultStackSynthesizer, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IHostedZone, PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { productNames } from '../../manifest/index.ts';
import type { Blueprint } from '../blueprint.ts';
import type { AccountConfig } from '../config/schema.ts';
import { AlertTopic } from '../constructs/alert-topic.ts';
import { Audit } from '../constructs/audit.ts';
import { EnvironmentIdentity } from '../constructs/environment-identity.ts';
import { githubProvider } from '../constructs/oidc-provider.ts';
import { ProductIdentity } from '../constructs/product-identity.ts';
import { Repositories } from '../constructs/repositories.ts';
import { Spend } from '../constructs/spend.ts';

export interface AccountStackProps {
  readonly account: AccountConfig;
  /** All environments that live in this account. */
  readonly blueprints: readonly Blueprint[];
}

/** What there is once, whatever the environments: identities, repositories, DNS, spending, audit. */
export class AccountStack extends Stack {
  readonly hostedZone: IHostedZone;
  readonly certificate: ICertificate;

  constructor(scope: Construct, { account, blueprints }: AccountStackProps) {
    const manifest = blueprints[0]?.manifest;
    if (!manifest) throw new RangeError('there is no environment to make an account for');
    const { product, budget } = manifest;
    super(scope, `${product}-account`, {
      stackName: `${product}-account`,
      description: 'Identities, image repositories, DNS, spending, audit: once per account',
      env: { region: 'us-east-1' },
      synthesizer: new DefaultStackSynthesizer({ qualifier: account.bootstrapQualifier }),
      terminationProtection: true,
    });
    Tags.of(this).add('product', product);
    githubProvider(this);
    new ProductIdentity(this, 'Product', { names: productNames(manifest), manifest, github: account.github });
    for (const blueprint of blueprints) {
      new EnvironmentIdentity(this, `Identity-${blueprint.environment}`, {
        blueprint,
        github: account.github,
        others: blueprints.filter((other) => other !== blueprint),
      });
    }
    const repositories = Object.keys(manifest.services).map((service) => `${product}/${service}`);
    new Repositories(this, 'Repositories', { names: repositories });
    const zone = new PublicHostedZone(this, 'Zone', { zoneName: account.hostedZone });
    zone.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.hostedZone = zone;
    this.certificate = new Certificate(this, 'Certificate', {
      domainName: account.hostedZone,
      subjectAlternativeNames: [`*.${account.hostedZone}`],
      validation: CertificateValidation.fromDns(zone),
    });
    const topic = new AlertTopic(this, 'Alerts', {
      topicName: `${product}-spending`,
      email: account.alertEmail,
      publishers: ['budgets.amazonaws.com', 'costalerts.amazonaws.com'],
    });
    new Spend(this, 'Spend', {
      product,
      monthly: budget.monthly,
      ...account.spend,
      topic,
      email: account.alertEmail,
    });
    new Audit(this, 'Audit', { product, guardDuty: account.guardDuty });
  }
}
