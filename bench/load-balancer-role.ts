/** The other processes of the load balancer's and the edge's benchmark: `target`, `load-balancer` and `edge`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCache } from '../rehearsal/aws/dataplane/edge/cache.ts';
import { createEdge } from '../rehearsal/aws/dataplane/edge/edge.ts';
import { httpOrigin } from '../rehearsal/aws/dataplane/edge/origin.ts';
import { type Behaviour, pathPattern } from '../rehearsal/aws/dataplane/edge/site.ts';
import { claimAddress } from '../rehearsal/aws/dataplane/load-balancer/address.ts';
import { openListener } from '../rehearsal/aws/dataplane/load-balancer/listener.ts';
import { createMetrics } from '../rehearsal/aws/dataplane/load-balancer/metrics.ts';
import { compileRule } from '../rehearsal/aws/dataplane/load-balancer/rule.ts';
import { createTargetGroup } from '../rehearsal/aws/dataplane/load-balancer/target-group.ts';
import { createClock } from '../rehearsal/aws/kernel/clock.ts';

const [role, targetPort] = process.argv.slice(2);
process.send?.(await start());
process.on('disconnect', () => process.exit());

function start(): Promise<string> {
  if (role === 'target') return target();
  return role === 'edge' ? edge(Number(targetPort)) : loadBalancer(Number(targetPort));
}

async function target(): Promise<string> {
  const body = JSON.stringify({ listing: 'a'.repeat(1_000) });
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function loadBalancer(port: number): Promise<string> {
  const clock = createClock();
  const { address } = await claimAddress();
  const metrics = createMetrics();
  const targetGroup = createTargetGroup(
    {
      arn: 'targetgroup/bench/1',
      dimension: 'targetgroup/bench/1',
      protocol: 'HTTP',
      algorithm: 'round_robin',
      deregistrationDelaySeconds: 0,
      healthCheck: {
        enabled: true,
        protocol: 'HTTP',
        port: 'traffic-port',
        path: '/',
        intervalSeconds: 5,
        timeoutSeconds: 2,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        matcher: '200',
      },
    },
    { clock },
  );
  targetGroup.register({ address: '127.0.0.1', port });
  targetGroup.setInUse(true);
  const targetGroups = [{ targetGroup, weight: 100 }];
  const listener = await openListener({
    address,
    port: 0,
    protocol: 'HTTP',
    loadBalancer: () => ({
      dimension: 'app/bench/1',
      idleTimeoutSeconds: 60,
      dropInvalidHeaderFields: false,
      preserveHostHeader: false,
      xForwardedFor: 'append',
      xForwardedForClientPort: false,
    }),
    rules: [
      compileRule({
        arn: 'path',
        conditions: [{ field: 'path-pattern', values: ['/admin/*', '/internal/*'] }],
        action: { type: 'fixed-response', statusCode: 403, contentType: 'text/plain', body: '' },
      }),
      compileRule({ arn: 'default', conditions: [], action: { type: 'forward', targetGroups } }),
    ],
    clock,
    accessLog: metrics.record,
  });
  clock.every(10_000, () => metrics.drain(clock.now(), []));
  return `http://${address}:${listener.port}`;
}

/** As the API's requests go: all of the viewer's is forwarded, nothing is kept, security headers are added. */
async function edge(port: number): Promise<string> {
  const all = () => true;
  const none = () => false;
  const behaviour = (matches: Behaviour['matches']): Behaviour => ({
    matches,
    methods: new Set(['GET', 'POST']),
    origin: httpOrigin({
      address: { host: '127.0.0.1', port },
      tls: false,
      hostHeader: 'origin.example',
      path: '',
      customHeaders: [],
      readTimeout: 30_000,
      attempts: 3,
    }),
    cachePolicy: {
      minTtl: 0,
      defaultTtl: 0,
      maxTtl: 0,
      key: { headers: none, cookies: none, query: none },
      encodings: [],
    },
    forward: { headers: all, cookies: all, query: all },
    responseHeaders: {
      set: [{ name: 'X-Content-Type-Options', value: 'nosniff', override: true }],
      remove: new Set(),
    },
    viewerRequest: undefined,
  });
  const served = createEdge(createClock(), () => undefined);
  await served.publish({
    id: 'EBENCH',
    domainName: 'bench.cloudfront.net',
    aliases: ['bench.example'],
    enabled: true,
    rootObject: 'index.html',
    behaviours: [behaviour(pathPattern('/static/*')), behaviour(all)],
    errorTtls: new Map(),
    cache: createCache(),
  });
  return served.urlOf('bench.example');
}
