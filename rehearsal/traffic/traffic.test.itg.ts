import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countTraffic, type Outcome, seriesOf, startTraffic } from './traffic.ts';

let server: Server;
/** Called with what answers a request that waits. */
let onSlow: (answer: () => void) => void;
let url: string;

beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url === '/slow') {
      onSlow(() => void response.writeHead(502).end());
      return undefined;
    }
    if (request.url === '/reset') return request.socket.destroy();
    response.writeHead(request.url === '/bad' ? 503 : 200, { 'x-pika-version': '1.0.0' }).end();
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('users’ traffic', () => {
  it('counts every request by its end and by the version that answered', async () => {
    const paths = ['/', '/bad', '/reset'];
    let index = 0;
    const traffic = startTraffic({ rate: 1000, url, next: () => paths[index++ % 3] ?? '/' });
    while (traffic.sent < 30) await new Promise((resolve) => setImmediate(resolve));
    await traffic.stop();
    const counts = countTraffic(traffic.outcomes);
    expect(counts.sent).toBe(traffic.sent);
    expect(Object.keys(counts.byResult).sort()).toEqual(['200', '503', 'ECONNRESET']);
    expect(counts.failed).toBe((counts.byResult['503'] ?? 0) + (counts.byResult.ECONNRESET ?? 0));
    expect(counts.byVersion['1.0.0']).toBe((counts.byResult['200'] ?? 0) + (counts.byResult['503'] ?? 0));
  });

  it('has settled when what was sent has ended, and not before', async () => {
    const arrived = new Promise<() => void>((resolve) => {
      onSlow = resolve;
    });
    const paths = ['/slow'];
    const traffic = startTraffic({ rate: 50, url, next: () => paths.pop() ?? '/' });
    const answer = await arrived;
    const settled = traffic.settled();
    expect(countTraffic(traffic.outcomes).failed).toBe(0);
    answer();
    await settled;
    expect(countTraffic(traffic.outcomes).failed).toBe(1);
    await traffic.stop();
  });

  it('says when answers came and requests were lost, however long they took', () => {
    const outcome = (at: number, milliseconds: number, result: number, version: string): Outcome => ({
      at,
      milliseconds,
      result,
      version,
    });
    const series = seriesOf([
      outcome(1000, 1, 200, 'a'),
      outcome(1000, 301, 502, 'a'),
      outcome(900, 701, 200, 'b'),
    ]);
    expect(series).toEqual({ seconds: 0.25, byVersion: { a: [1, 1, 0], b: [0, 0, 1] }, failed: [0, 1, 0] });
  });
});
