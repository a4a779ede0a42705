import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, startJob } from '../test/run-action.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
// Certificates are made when the test runs: a private key has no place in a repository.
const withOpenssl = hasOpenssl ? describe : describe.skip;
const unlessOpenssl = hasOpenssl ? '' : ' (skipped: openssl is not installed)';

async function serveTls(days: string): Promise<{ server: Server; url: string; ca: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'smoke-tls-'));
  const [key, request, certificate, names] = ['key.pem', 'request.pem', 'certificate.pem', 'names'].map(
    (name) => join(folder, name),
  );
  if (!key || !request || !certificate || !names) throw new Error('no names');
  writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', '/CN=localhost');
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-signkey',
    key,
    '-days',
    days,
    '-extfile',
    names,
    '-out',
    certificate,
  );
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) => {
    response.writeHead(302, { location: 'https://elsewhere.example/' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: certificate };
}

function suite(temp: string, target: string): string {
  const file = join(temp, 'tls.yml');
  writeFileSync(
    file,
    `version: 1
suite: tls
service: users
checks:
  - name: TLS
    steps:
      - request: GET ${target}
        asserts:
          - status: 302
          - { redirect: location, equals: 'https://elsewhere.example/' }
          - { redirect: count, equals: 0 }
          - { tls: version, in: [TLSv1.2, TLSv1.3] }
          - { tls: trusted, equals: true }
          - { tls: expiresIn, above: 14d }
          - { tls: subject, equals: localhost }
          - { timing: tls, below: 5s }
`,
  );
  return file;
}

withOpenssl(`TLS${unlessOpenssl}`, () => {
  it('is asserted on: version, trust, expiry, subject, time', async () => {
    const { server, url, ca } = await serveTls('30');
    const job = startJob({ NODE_EXTRA_CA_CERTS: ca });
    const result = await runAction(job, {
      endpoints: JSON.stringify({ users: url }),
      suites: suite(job.temp, '/'),
      load: 'false',
    });
    server.close();
    expect(result.log).toContain('PASS on url: 1 of 1 checks passed');
  });

  it('is where a redirect from http leads', async () => {
    const { server, url, ca } = await serveTls('30');
    const plain = createHttpServer((_, response) => {
      response.writeHead(301, { location: `${url}/` }).end();
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const job = startJob({ NODE_EXTRA_CA_CERTS: ca });
    const file = suite(job.temp, '/');
    const text = readFileSync(file, 'utf8').replace('asserts:', 'redirects: 1\n        asserts:');
    writeFileSync(file, text.replace('count, equals: 0', 'count, equals: 1'));
    const result = await runAction(job, {
      endpoints: JSON.stringify({ users: `http://127.0.0.1:${(plain.address() as AddressInfo).port}` }),
      suites: file,
      load: 'false',
    });
    plain.closeAllConnections();
    plain.close();
    server.close();
    expect(result.log).toContain('PASS on url: 1 of 1 checks passed');
  });

  it('that ends soon fails the assert that says so', async () => {
    const { server, url, ca } = await serveTls('3');
    const job = startJob({ NODE_EXTRA_CA_CERTS: ca });
    const result = await runAction(job, {
      endpoints: JSON.stringify({ users: url }),
      suites: suite(job.temp, '/'),
      load: 'false',
    });
    server.close();
    expect(result.log).toMatch(/TLS expiresIn is 259\d{6}(\.\d+)?, expected above "14d"/);
    expect(result.outputs.verdict).toBe('fail');
  });

  it('with a certificate that expired is an error, where the URL is written', async () => {
    const { server, url } = await serveTls('-1');
    const job = startJob();
    const file = suite(job.temp, `${url}/`);
    const result = await runAction(job, {
      endpoints: '{"users":"http://127.0.0.1"}',
      suites: file,
      load: 'false',
    });
    server.close();
    expect(result.outputs.verdict).toBe('error');
    expect(result.annotations[0]).toMatch(
      new RegExp(
        `^::error file=${file},line=7,col=18::${file}:7:18 checks\\[0\\]\\.steps\\[0\\]\\.request: the certificate of 127\\.0\\.0\\.1:\\d+ (expired on \\S+Z\\. Expected one that is valid now)$`,
      ),
    );
  });

  it('with a certificate that nobody trusts is an error of the input', async () => {
    const { server, url } = await serveTls('30');
    const job = startJob();
    const result = await runAction(job, { url, suites: suite(job.temp, '/'), load: 'false' });
    server.close();
    expect(result.annotations[0]).toMatch(
      /^::error::input endpoints, api-gateway: the certificate of 127\.0\.0\.1:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. Expected a chain to a known root; give a private root by NODE_EXTRA_CA_CERTS$/,
    );
  });
});
