import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestLine } from './condition.ts';
import type { ForwardedHeadersSettings } from './headers.ts';
import type { Rule } from './rule.ts';
import type { Target } from './target.ts';
import type { TargetGroup } from './target-group.ts';

export interface LoadBalancerSettings extends ForwardedHeadersSettings {
  /** `app/NAME/ID`, as CloudWatch's dimension has it. */
  dimension: string;
  /** `idle_timeout.timeout_seconds` */
  idleTimeoutSeconds: number;
}

/** What every exchange on a listener shares. */
export interface ListenerContext {
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly port: number;
  /** As they stand now; a change applies from the next request. */
  readonly loadBalancer: () => LoadBalancerSettings;
  /** Real milliseconds after which a silent connection is given up. */
  readonly idleTimeout: () => number;
}

/** One request on its way through the load balancer. */
export interface Exchange {
  readonly listener: ListenerContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly line: RequestLine;
  /** The client's connection and what it already sent, when it asks to speak WebSocket. */
  readonly upgrade?: { socket: Duplex; head: Buffer };
  rule?: Rule;
  targetGroup?: TargetGroup | undefined;
  target?: Target;
  /** When the request left for the target, by `performance.now()`. */
  sentAt?: number;
  targetStatusCode?: number;
  targetProcessingSeconds?: number;
  /** The request was sent a second time, after a kept-alive connection turned out to be closed. */
  retried?: boolean;
}

/** Splits a request into what rules look at; undefined when its target is not one that an ALB accepts. */
export function requestLine(request: IncomingMessage): RequestLine | undefined {
  const target = originForm(request.url ?? '');
  if (target === undefined) return undefined;
  const mark = target.indexOf('?');
  return {
    method: request.method ?? '',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    host: (request.headers.host ?? '').replace(/:\d+$/, ''),
    header: (name) => {
      const values = request.headersDistinct[name];
      return values ?? [];
    },
    sourceAddress: request.socket.remoteAddress ?? '',
  };
}

/** `/path?query` of an origin-form or absolute-form target. */
function originForm(target: string): string | undefined {
  if (target.startsWith('/') || target === '*') return target;
  const absolute = /^https?:\/\/[^/?#]*([^#]*)/i.exec(target);
  if (!absolute) return undefined;
  const rest = absolute[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}
