import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('held-release.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pika-held-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script against a CodeDeploy whose deployments are all in one state. */
async function held(status: string, document: unknown): Promise<{ code: number | null; said: string }> {
  const server = createServer((_request, response) => {
    const deploymentsInfo = [{ deploymentId: 'd-1', status }];
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ deploymentsInfo }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = join(folder, 'release.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  const child = spawn(
    process.execPath,
    [script, '--release', file, '--run', '104', '--environment', 'production'],
    {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    },
  );
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  server.close();
  return { code, said };
}

const release = { id: '104', environment: 'production', services: [{ name: 'web', deployment: 'd-1' }] };

it('lets a decision through while the release waits, and stops it afterwards', async () => {
  expect(await held('Ready', release)).toEqual({ code: 0, said: '' });
  const late = await held('Succeeded', release);
  expect(late.code).toBe(1);
  expect(late.said).toMatch(/^::error title=Refused::release 104 does not wait any more \(web Succeeded\)/);
  expect((await held('Ready', 'no document')).code).toBe(2);
});
