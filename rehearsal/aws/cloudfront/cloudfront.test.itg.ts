import { CloudFront } from '@aws-sdk/client-cloudfront';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3 } from '@aws-sdk/client-s3';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { openShop, openTarget, type Shop } from './test/shop.ts';
import { deploy, destroy } from './test/stack.ts';

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';
const NAME = 'shop.example';
let aws: EmbeddedAws;
let shop: Shop;
let url: string;

beforeAll(async () => {
  aws = await startAws({ timeScale: 50 });
  shop = await openShop(aws, 'shop', 8000);
  const s3 = new S3(clientOptions(aws));
  await s3.createBucket({ Bucket: 'shop-static' });
  await s3.putObject({
    Bucket: 'shop-static',
    Key: 'index.html',
    Body: '<h1>shop</h1>',
    ContentType: 'text/html',
  });
  url = await aws.edgeUrl(NAME);
});
afterAll(async () => {
  shop.stop();
  await aws.stop();
});
beforeEach(() => {
  shop.seen.length = 0;
  shop.answer = (seen, response) => response.end(JSON.stringify(seen));
});

const ref = (Ref: string) => ({ Ref });
const attribute = (...name: [string, string]) => ({ 'Fn::GetAtt': name });

function site({ rootObject = 'index.html', permissions = 'camera=()', gateway = '' } = {}) {
  const api = {
    TargetOriginId: 'gateway',
    ViewerProtocolPolicy: 'https-only',
    AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
    OriginRequestPolicyId: ALL_VIEWER,
    ResponseHeadersPolicyId: ref('Headers'),
  };
  const caching = (Name: string, seconds: number) => ({
    Name,
    MinTTL: 0,
    DefaultTTL: seconds,
    MaxTTL: seconds,
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: true,
      EnableAcceptEncodingBrotli: true,
      HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Authorization'] },
      CookiesConfig: { CookieBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    },
  });
  return {
    Headers: {
      Type: 'AWS::CloudFront::ResponseHeadersPolicy',
      Properties: {
        ResponseHeadersPolicyConfig: {
          Name: 'shop',
          CustomHeadersConfig: {
            Items: [{ Header: 'permissions-policy', Value: permissions, Override: false }],
          },
          SecurityHeadersConfig: {
            ContentTypeOptions: { Override: true },
            FrameOptions: { FrameOption: 'DENY', Override: true },
            StrictTransportSecurity: { AccessControlMaxAgeSec: 60, IncludeSubdomains: true, Override: true },
          },
        },
      },
    },
    Listed: {
      Type: 'AWS::CloudFront::CachePolicy',
      Properties: { CachePolicyConfig: caching('listed', 86_400) },
    },
    Brief: { Type: 'AWS::CloudFront::CachePolicy', Properties: { CachePolicyConfig: caching('brief', 1) } },
    Access: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          Name: 'shop',
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      },
    },
    Gateway: {
      Type: 'AWS::CloudFront::VpcOrigin',
      Properties: {
        VpcOriginEndpointConfig: {
          Arn: gateway || shop.loadBalancerArn,
          HTTPPort: 8000,
          Name: 'gateway',
          OriginProtocolPolicy: 'http-only',
        },
      },
    },
    Distribution: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Aliases: [NAME],
          Enabled: true,
          DefaultRootObject: rootObject,
          CustomErrorResponses: [
            { ErrorCode: 503, ErrorCachingMinTTL: 3_600 },
            { ErrorCode: 500, ErrorCachingMinTTL: 0 },
          ],
          DefaultCacheBehavior: {
            TargetOriginId: 'static',
            ViewerProtocolPolicy: 'redirect-to-https',
            CachePolicyId: ref('Listed'),
            ResponseHeadersPolicyId: ref('Headers'),
          },
          CacheBehaviors: [
            { ...api, PathPattern: '/api/listed*', CachePolicyId: ref('Listed') },
            { ...api, PathPattern: '/api/brief*', CachePolicyId: ref('Brief') },
            { ...api, PathPattern: '/api/*', CachePolicyId: CACHING_DISABLED },
          ],
          Origins: [
            {
              Id: 'static',
              DomainName: 'shop-static.s3.us-east-1.amazonaws.com',
              OriginAccessControlId: attribute('Access', 'Id'),
              S3OriginConfig: { OriginAccessIdentity: '' },
            },
            {
              Id: 'gateway',
              DomainName: shop.dnsName,
              VpcOriginConfig: { VpcOriginId: attribute('Gateway', 'Id'), OriginReadTimeout: 30 },
            },
          ],
        },
      },
    },
  };
}

test('a name without a distribution is refused, and keeps its address when one comes, goes and comes again', async () => {
  const refused = await fetch(`${url}/`);
  expect([refused.status, refused.headers.get('x-cache')]).toEqual([403, 'Error from cloudfront']);
  expect(await refused.text()).toContain(`No distribution that is enabled has the name ${NAME}.`);
  await deploy(aws, 'edge', site());
  expect((await fetch(`${url}/`)).status).toBe(200);
  await destroy(aws, 'edge');
  expect((await fetch(`${url}/`)).status).toBe(403);
  expect(await aws.edgeUrl(NAME)).toBe(url);
  await deploy(aws, 'edge', site());
  expect((await fetch(`${url}/`)).status).toBe(200);
});

test('the bucket answers for everything but the API, with its index document and the policy’s headers', async () => {
  const page = await fetch(`${url}/`);
  expect(await page.text()).toBe('<h1>shop</h1>');
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'content-type': 'text/html',
    'x-cache': expect.stringMatching(/^(Miss|Hit) from cloudfront$/),
    'strict-transport-security': 'max-age=60; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'permissions-policy': 'camera=()',
    via: expect.stringMatching(/^1\.1 d\w+\.cloudfront\.net \(CloudFront\)$/),
  });
  const missing = await fetch(`${url}/none.html`);
  expect([missing.status, missing.headers.get('x-cache')]).toEqual([403, 'Error from cloudfront']);
  expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(403);
});

test('the API’s requests reach the load balancer as CloudFront sends them', async () => {
  const sent = await fetch(`${url}/api/orders?a=1&b=%20`, {
    method: 'POST',
    headers: { authorization: 'Bearer 7', cookie: 'a=b; c=d', 'x-forwarded-for': '192.0.2.4' },
    body: 'an order',
  });
  const seen = (await sent.json()) as { headers: Record<string, string> };
  expect(seen).toMatchObject({ method: 'POST', url: '/api/orders?a=1&b=%20', body: 'an order' });
  expect(seen.headers).toMatchObject({
    host: `${NAME}:8000`,
    authorization: 'Bearer 7',
    cookie: 'a=b; c=d',
    'x-forwarded-for': '192.0.2.4, 127.0.0.1, 127.0.0.1',
    via: expect.stringContaining('(CloudFront)'),
    'x-amz-cf-id': sent.headers.get('x-amz-cf-id'),
  });
});

test('what the policy keeps is answered from the cache, by query and Authorization, until its time is over', async () => {
  let count = 0;
  shop.answer = (_seen, response) => response.setHeader('etag', '"v1"').end(String(++count));
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, { headers });
    return [await response.text(), response.headers.get('x-cache'), response.headers.get('age') !== null];
  };
  expect(await ask('/api/listed?page=1')).toEqual(['1', 'Miss from cloudfront', false]);
  expect(await ask('/api/listed?page=1')).toEqual(['1', 'Hit from cloudfront', true]);
  expect(await ask('/api/listed?page=2')).toEqual(['2', 'Miss from cloudfront', false]);
  expect(await ask('/api/listed?page=1', { authorization: 'one' })).toEqual([
    '3',
    'Miss from cloudfront',
    false,
  ]);
  expect(await ask('/api/listed?page=1', { authorization: 'one' })).toEqual([
    '3',
    'Hit from cloudfront',
    true,
  ]);
  expect(await ask('/api/other')).toEqual(['4', 'Miss from cloudfront', false]);
  expect(await ask('/api/other')).toEqual(['5', 'Miss from cloudfront', false]);
  const known = await fetch(`${url}/api/listed?page=1`, { headers: { 'if-none-match': '"v1"' } });
  expect(known.status).toBe(304);
  expect(await ask('/api/brief')).toEqual(['6', 'Miss from cloudfront', false]);
  await aws.kernel.clock.sleep(1_000);
  expect(await ask('/api/brief')).toEqual(['7', 'Miss from cloudfront', false]);
});

test('what the service does not want to be kept is not', async () => {
  let count = 0;
  shop.answer = (_seen, response) => response.setHeader('cache-control', 'private').end(String(++count));
  const ask = async () => (await fetch(`${url}/api/listed?private`)).text();
  expect([await ask(), await ask()]).toEqual(['1', '2']);
});

test('an error of the service is kept as long as the distribution says, also where nothing else is', async () => {
  const ask = async (path: string) => (await fetch(`${url}${path}`)).status;
  shop.answer = (seen, response) => response.writeHead(Number(seen.url.slice(-3))).end();
  expect([await ask('/api/503'), await ask('/api/500')]).toEqual([503, 500]);
  shop.answer = (_seen, response) => response.end();
  expect([await ask('/api/503'), await ask('/api/500')]).toEqual([503, 200]);
});

test('an invalidation forgets what is kept', async () => {
  let count = 0;
  shop.answer = (_seen, response) => response.end(String(++count));
  const ask = async () => (await fetch(`${url}/api/listed/invalidated`)).text();
  expect([await ask(), await ask()]).toEqual(['1', '1']);
  const cloudFront = new CloudFront(clientOptions(aws));
  const { DistributionList } = await cloudFront.listDistributions({});
  await cloudFront.createInvalidation({
    DistributionId: DistributionList?.Items?.[0]?.Id,
    InvalidationBatch: { CallerReference: 'one', Paths: { Quantity: 1, Items: ['/api/listed/*'] } },
  });
  expect(await ask()).toBe('2');
});

test('a listener that is not there is CloudFront’s own 502', async () => {
  const other = await openShop(aws, 'gone', 8001);
  other.stop();
  other.answer = (_seen, response) => response.destroy();
  await deploy(aws, 'other', {
    Gateway: {
      Type: 'AWS::CloudFront::VpcOrigin',
      Properties: {
        VpcOriginEndpointConfig: {
          Arn: other.loadBalancerArn,
          HTTPPort: 8009,
          Name: 'other',
          OriginProtocolPolicy: 'http-only',
        },
      },
    },
    Distribution: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Aliases: ['other.example'],
          Enabled: true,
          DefaultCacheBehavior: {
            TargetOriginId: 'gateway',
            ViewerProtocolPolicy: 'https-only',
            CachePolicyId: CACHING_DISABLED,
          },
          Origins: [
            { Id: 'gateway', DomainName: other.dnsName, VpcOriginConfig: { VpcOriginId: ref('Gateway') } },
          ],
        },
      },
    },
  });
  const response = await fetch(`${await aws.edgeUrl('other.example')}/health`);
  expect([response.status, response.headers.get('x-cache')]).toEqual([502, 'Error from cloudfront']);
  expect(await response.text()).toContain('could not connect to the origin');
});

test('no request is lost while the listener shifts from one target to another', async () => {
  const green = await openTarget(aws, 'green');
  const elb = new ElasticLoadBalancingV2(clientOptions(aws));
  const { Listeners } = await elb.describeListeners({ LoadBalancerArn: shop.loadBalancerArn });
  const { ListenerArn } = Listeners?.[0] ?? {};
  const shift = (TargetGroupArn: string) =>
    elb.modifyListener({ ListenerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
  let isShifting = true;
  const statuses: number[] = [];
  const user = async () => {
    while (isShifting) {
      const order = fetch(`${url}/api/orders`, { method: 'POST', body: 'an order' });
      const [looked, ordered] = await Promise.all([fetch(`${url}/api/orders`), order]);
      await Promise.all([looked.text(), ordered.text()]);
      statuses.push(looked.status, ordered.status);
    }
  };
  const users = Array.from({ length: 8 }, user);
  try {
    for (const group of [green, shop, green, shop]) {
      await shift(group.targetGroupArn);
      const { length } = statuses;
      while (statuses.length < length + 50) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    isShifting = false;
  }
  await Promise.all(users);
  green.stop();
  expect([shop.seen.length > 0, green.seen.length > 0]).toEqual([true, true]);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
});

test('what a stack’s update changes is served from the next request on', async () => {
  const other = await openShop(aws, 'other', 8000);
  other.answer = (_seen, response) => response.end('the other one');
  const s3 = new S3(clientOptions(aws));
  await s3.putObject({ Bucket: 'shop-static', Key: 'new.html', Body: 'new' });
  await deploy(
    aws,
    'edge',
    site({ rootObject: 'new.html', permissions: 'camera=(self)', gateway: other.loadBalancerArn }),
  );
  const page = await fetch(`${url}/`);
  expect([await page.text(), page.headers.get('permissions-policy')]).toEqual(['new', 'camera=(self)']);
  expect(await (await fetch(`${url}/api/anything`)).text()).toBe('the other one');
  await deploy(aws, 'edge', site());
  other.stop();
  expect(await (await fetch(`${url}/`)).text()).toBe('<h1>shop</h1>');
  expect((await fetch(`${url}/api/anything`)).status).toBe(200);
});
