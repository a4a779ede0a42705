import { readFileSync } from 'node:fs';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Function as CloudFrontFunction,
  Distribution,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  type IOrigin,
  KeyValueStore,
  OriginRequestPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { CfnRolePolicy } from 'aws-cdk-lib/aws-iam';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { FORGOTTEN_ERRORS } from './cdn.ts';

export interface TestAccessProps {
  readonly blueprint: Blueprint;
  /** Each service's test listener. */
  readonly origins: ReadonlyMap<string, IOrigin>;
  /** Of the hosted zone and what is directly below it: CloudFront's own would allow TLS 1.0. */
  readonly certificate: ICertificate;
  readonly hostedZone: IHostedZone;
}

/**
 * The smoke tests' way to green from outside the VPC: `https://test-ENVIRONMENT.ZONE/SERVICE/path`, one origin per
 * test listener. A function lets nobody through without a token whose hash a release has put into the
 * key-value store minutes ago with the time at which it ends. No fixed cost, no long-lived secret.
 */
export class TestAccess extends Construct {
  readonly distribution: Distribution;

  constructor(
    scope: Construct,
    id: string,
    { blueprint, origins, certificate, hostedZone }: TestAccessProps,
  ) {
    super(scope, id);
    const { prefix, names, environment } = blueprint;
    const domain = `test-${environment}.${hostedZone.zoneName}`;
    const store = new KeyValueStore(this, 'Tokens', {
      keyValueStoreName: `${prefix}-test-tokens`,
      comment: 'SHA-256 of a token → the second at which it ends',
    });
    const gate = new CloudFrontFunction(this, 'Gate', {
      functionName: `${prefix}-test-gate`,
      comment: 'Lets the smoke tests through to green',
      runtime: FunctionRuntime.JS_2_0,
      keyValueStore: store,
      code: FunctionCode.fromInline(gateSource()),
    });
    const behaviour = (origin: IOrigin) => ({
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: gate }],
    });
    const [first, ...others] = [...origins];
    if (!first) throw new RangeError('there is no service whose test listener could be reached');
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `${prefix}: test listeners, smoke tests only`,
      domainNames: [domain],
      certificate,
      priceClass: PriceClass.PRICE_CLASS_100,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      errorResponses: FORGOTTEN_ERRORS,
      defaultBehavior: behaviour(first[1]),
      additionalBehaviors: Object.fromEntries(
        [first, ...others].map(([service, origin]) => [`/${service}/*`, behaviour(origin)]),
      ),
    });
    new ARecord(this, 'Ipv4', {
      zone: hostedZone,
      recordName: `${domain}.`,
      target: RecordTarget.fromAlias(new CloudFrontTarget(this.distribution)),
    });
    this.tellReleases(names, domain, store);
  }

  /** Where it is, and the permission to put a token: on the deploy role, which is older than this store. */
  private tellReleases(names: Blueprint['names'], domain: string, store: KeyValueStore): void {
    const parameter = (name: string, stringValue: string) =>
      new StringParameter(this, name, {
        parameterName: `${names.testAccessParameters}/${name}`,
        stringValue,
      });
    parameter('url', `https://${domain}`);
    parameter('key-value-store', store.keyValueStoreArn);
    new CfnRolePolicy(this, 'PutTokens', {
      roleName: names.deployRole,
      policyName: 'test-access',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'PutTokens',
            Effect: 'Allow',
            Action: [
              'cloudfront-keyvaluestore:DescribeKeyValueStore',
              'cloudfront-keyvaluestore:PutKey',
              'cloudfront-keyvaluestore:DeleteKey',
            ],
            Resource: store.keyValueStoreArn,
          },
        ],
      },
    });
  }
}

/** The function as CloudFront runs it; `test-gate.js` is tested by itself. */
function gateSource(): string {
  return readFileSync(new URL('./test-gate.js', import.meta.url), 'utf8');
}
