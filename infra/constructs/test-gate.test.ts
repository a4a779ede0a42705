import crypto, { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

interface GateRequest {
  uri: string;
  headers: Record<string, { value: string }>;
}
type Gate = (event: { request: GateRequest }) => Promise<GateRequest & { statusCode?: number }>;

/** The function as CloudFront runs it: its two imports given, its handler taken. */
function gate(tokens: Record<string, string>): Gate {
  const source = readFileSync(new URL('./test-gate.js', import.meta.url), 'utf8').replaceAll(
    /^import .*$/gm,
    '',
  );
  const cf = {
    kvs: () => ({
      get: async (key: string) => {
        const value = tokens[key];
        if (value === undefined) throw new Error('KeyNotFound');
        return value;
      },
    }),
  };
  return new Function('cf', 'crypto', `${source}; return handler;`)(cf, crypto) as Gate;
}

const hash = (token: string) => createHash('sha256').update(token).digest('hex');
const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
const ask = (uri: string, token?: string): { request: GateRequest } => ({
  request: { uri, headers: token === undefined ? {} : { 'x-pika-test-token': { value: token } } },
});

describe('the gate before green', () => {
  const open = gate({
    [hash('good')]: inSeconds(60),
    [hash('old')]: inSeconds(-1),
    [hash('broken')]: 'soon',
  });

  it('lets a token of now through to the service, without its prefix and without the token', async () => {
    const request = await open(ask('/users/api/users/7', 'good'));
    expect(request).toEqual({ uri: '/api/users/7', headers: {} });
  });

  it.each([undefined, '', 'guess', 'old', 'broken', hash('good')])('refuses the token %s', async (token) => {
    expect(await open(ask('/users/health', token))).toMatchObject({ statusCode: 403 });
  });

  it('answers a path without a service with 404', async () => {
    expect(await open(ask('/users', 'good'))).toMatchObject({ statusCode: 404 });
  });

  it('is small enough for CloudFront: 10 KB', () => {
    expect(readFileSync(new URL('./test-gate.js', import.meta.url)).length).toBeLessThan(10_240);
  });
});
