import { Duration, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  type ErrorResponse,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';

export interface CdnProps {
  readonly blueprint: Blueprint;
  readonly gateway: IOrigin;
  readonly staticBucket: Bucket;
  readonly logs: Bucket;
  readonly certificate: ICertificate;
  readonly webAclArn: string;
}

/** What the gateway answers besides the API: the smoke tests and their probe ask there whether it is well. */
const GATEWAY_PATHS = ['/health', '/ready', '/version'];

/**
 * CloudFront keeps an error of an origin for ten seconds, also where it keeps nothing else and whatever the origin
 * says: one lost request would be everybody's on that path.
 */
export const FORGOTTEN_ERRORS: ErrorResponse[] = [500, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

/** The one way in for users: `/api/*` to the gateway, everything else to the static bucket. */
export class Cdn extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const { blueprint, gateway, logs, certificate, webAclArn } = props;
    const { config, prefix } = blueprint;
    this.acknowledge();
    const headers = this.securityHeaders(prefix);
    const api: BehaviorOptions = {
      origin: gateway,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
      responseHeadersPolicy: headers,
    };
    this.distribution = new Distribution(this, 'Distribution', {
      comment: prefix,
      domainNames: [config.domain],
      certificate,
      webAclId: webAclArn,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: config.parts.worldwideCdn ? PriceClass.PRICE_CLASS_ALL : PriceClass.PRICE_CLASS_100,
      defaultRootObject: 'index.html',
      enableLogging: true,
      logBucket: logs,
      logFilePrefix: 'cloudfront/',
      defaultBehavior: {
        origin: this.staticOrigin(props),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: this.staticCaching(prefix),
        responseHeadersPolicy: headers,
        compress: true,
      },
      additionalBehaviors: {
        ...Object.fromEntries(
          config.cdn.apiCaching.map(({ path, seconds }) => [
            path,
            { ...api, cachePolicy: this.apiCaching(prefix, path, seconds), compress: true },
          ]),
        ),
        '/api/*': api,
        ...Object.fromEntries(GATEWAY_PATHS.map((path) => [path, api])),
      },
      errorResponses: FORGOTTEN_ERRORS,
    });
  }

  /** Said of the distribution, since the origin that it is said of has no name of its own. */
  private acknowledge(): void {
    Validations.of(this).acknowledge({
      id: 'Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac',
      reason: 'the bucket’s own stack lets the distributions of this account in',
    });
  }

  private staticOrigin({ staticBucket, blueprint }: CdnProps): IOrigin {
    // By name, so that the bucket's policy stays in the stack that owns the bucket.
    const bucket = Bucket.fromBucketAttributes(this, 'Static', {
      bucketName: staticBucket.bucketName,
      region: blueprint.region,
    });
    return S3BucketOrigin.withOriginAccessControl(bucket);
  }

  /** A year, unless the object says otherwise: `index.html` is uploaded with `no-cache`. */
  private staticCaching(prefix: string): CachePolicy {
    return new CachePolicy(this, 'StaticCaching', {
      cachePolicyName: `${prefix}-static`,
      comment: 'A year, unless the object says otherwise',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.days(365),
      maxTtl: Duration.days(365),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  private apiCaching(prefix: string, path: string, seconds: number): CachePolicy {
    const name = path.replace(/^\/api\/(v\d+\/)?/, '').replaceAll(/[^a-z0-9]+/gi, '');
    return new CachePolicy(this, `Caching${name}`, {
      cachePolicyName: `${prefix}-api-${name}`,
      comment: `${path} for ${seconds} s, whatever the service says less`,
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(seconds),
      maxTtl: Duration.seconds(seconds),
      // Part of the key, so that an answer to one user, or to one site, is never given to another.
      headerBehavior: CacheHeaderBehavior.allowList('Authorization', 'Origin'),
      queryStringBehavior: CacheQueryStringBehavior.all(),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  private securityHeaders(prefix: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'SecurityHeaders', {
      responseHeadersPolicyName: prefix,
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          preload: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: true,
        },
        contentSecurityPolicy: {
          contentSecurityPolicy:
            "default-src 'self'; img-src 'self' data: blob: https:; connect-src 'self' https://*.googleapis.com; object-src 'none'; frame-ancestors 'none'; base-uri 'self'",
          override: false,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          {
            header: 'permissions-policy',
            value: 'geolocation=(self), camera=(), microphone=()',
            override: false,
          },
        ],
      },
    });
  }
}
