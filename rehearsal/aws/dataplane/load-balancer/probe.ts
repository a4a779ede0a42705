import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Probe } from './health.ts';

export interface ProbeRequest {
  protocol: 'HTTP' | 'HTTPS';
  address: string;
  port: number;
  path: string;
  /** Real milliseconds. */
  timeout: number;
}

/** Sends one health check on a connection of its own. Never rejects. */
export function probe(check: ProbeRequest): Promise<Probe> {
  return new Promise((resolve) => {
    const send = check.protocol === 'HTTPS' ? httpsRequest : httpRequest;
    const request = send({
      host: check.address,
      port: check.port,
      path: check.path,
      agent: false,
      headers: {
        Host: `${check.address}:${check.port}`,
        'User-Agent': 'ELB-HealthChecker/2.0',
        Connection: 'close',
        'Accept-Encoding': 'gzip, compressed',
      },
      // As an ALB, which does not judge the certificates of its targets.
      rejectUnauthorized: false,
    });
    const finish = (result: Probe) => {
      clearTimeout(timer);
      resolve(result);
      request.destroy();
    };
    // An answer that already waits in the socket is read before the deadline is judged: a busy event
    // loop must not make a healthy target unhealthy.
    const expire = () => setImmediate(() => setImmediate(() => finish({ outcome: 'timeout' })));
    const timer = setTimeout(expire, check.timeout);
    request.on('response', (response) => {
      finish({ outcome: 'responded', statusCode: response.statusCode ?? 0 });
    });
    request.on('error', () => finish({ outcome: 'failed' }));
    request.end();
  });
}
