import http, { type RequestOptions } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

/**
 * A function may write to S3 by https itself, as custom resources do with the signed address that they are
 * given: in its network S3's hosts are this AWS, which has no TLS and takes a bucket's name in the path.
 */
export function routeS3(endpoint: string): void {
  const request = https.request;
  const routed = (...given: Parameters<typeof https.request>) => {
    const [first, ...rest] = given;
    const options: RequestOptions =
      typeof first === 'string' || first instanceof URL ? partsOf(first) : first;
    const [, bucket] =
      /^(.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/.exec(String(options.hostname ?? options.host)) ?? [];
    if (bucket === undefined) return request(...given);
    const { hostname, port } = new URL(endpoint);
    const { host: _host, agent: _agent, ...kept } = options;
    const more = rest.filter((one) => typeof one === 'object');
    const callback = rest.find((one) => typeof one === 'function');
    const to = Object.assign(kept, ...more, {
      hostname,
      port,
      protocol: 'http:',
      path: `/${bucket}${options.path}`,
    });
    return http.request(to, callback);
  };
  Object.assign(https, { request: routed });
  syncBuiltinESMExports();
}

function partsOf(address: string | URL): RequestOptions {
  const { hostname, pathname, search } = new URL(address);
  return { hostname, path: `${pathname}${search}` };
}
