import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { EmbeddedAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';

/** What the service behind the load balancer saw of a request. */
export interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A real target in a target group of its own, that says what it has seen. */
export interface Target {
  targetGroupArn: string;
  seen: Seen[];
  /** What it answers, unless a test says otherwise. */
  answer: (seen: Seen, response: ServerResponse) => void;
  stop(): void;
}

export interface Shop extends Target {
  loadBalancerArn: string;
  /** As CloudFront's origins name it. */
  dnsName: string;
  port: number;
}

export async function openTarget(aws: EmbeddedAws, name: string): Promise<Target> {
  const server = await listen((request, response) => void receive(target, request, response));
  const target: Target = {
    targetGroupArn: '',
    seen: [],
    answer: (seen, response) => response.end(JSON.stringify(seen)),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const elb = new ElasticLoadBalancingV2(clientOptions(aws));
  const { TargetGroups } = await elb.createTargetGroup({
    Name: name,
    Protocol: 'HTTP',
    Port: 80,
    VpcId: 'vpc-1',
    TargetType: 'ip',
  });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const { port } = server.address() as AddressInfo;
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: port }] });
  return Object.assign(target, { targetGroupArn: TargetGroupArn });
}

/** A load balancer with one listener and one target behind it. */
export async function openShop(aws: EmbeddedAws, name: string, port: number): Promise<Shop> {
  const target = await openTarget(aws, name);
  const elb = new ElasticLoadBalancingV2(clientOptions(aws));
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: name,
    Scheme: 'internal',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {};
  await elb.createListener({
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: target.targetGroupArn }],
  });
  return Object.assign(target, { loadBalancerArn: LoadBalancerArn, dnsName: DNSName, port });
}

async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function receive(target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const seen: Seen = {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)])),
    body: Buffer.concat(chunks).toString(),
  };
  // Health checks are no requests of anybody.
  if (seen.headers['user-agent']?.startsWith('ELB-HealthChecker')) return void response.end();
  target.seen.push(seen);
  target.answer(seen, response);
}
