import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ExampleServices, startExampleServices } from './test/example-services.ts';

const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
let services: ExampleServices;

beforeAll(async () => {
  services = await startExampleServices();
});
afterAll(() => services.close());

async function smoke(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'smoke-cli-')) };
  const child = spawn(process.execPath, [cli, ...args], { env });
  const closed = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { exitCode, out, err };
}

describe('npm run smoke', () => {
  const users = ['--entry', 'users', '--suite', 'smoke-tests/users.yml', '--load', 'false'];
  const own = () => ['--endpoints', services.endpoints.users ?? ''];

  it('exits with 0 on PASS', async () => {
    const { exitCode, out } = await smoke(...own(), ...users, '--suite', 'smoke-tests/journeys.yml');
    expect(out).toContain('PASS on url: 6 of 6 checks passed');
    expect(out).toContain('– journeys: 2 checks not run, no endpoint of api-gateway was given');
    expect(exitCode).toBe(0);
  });

  it('exits with 1 on FAIL, with the place and a curl line', async () => {
    const { exitCode, out } = await smoke(
      ...own(),
      ...users,
      '--version',
      '9',
      '--tag',
      'version',
      '--header',
      'X-Token: hidden-token',
    );
    expect(out).toContain(`users: says which version it is\n  at smoke-tests/users.yml:`);
    expect(out).toContain(`curl -i -H 'x-token: ***' '${services.endpoints.users}/version'`);
    expect(out).not.toContain('hidden-token');
    expect(exitCode).toBe(1);
  });

  it('exits with 3 when it is inconclusive', async () => {
    expect(await smoke(...own(), ...users, '--tag', 'none')).toMatchObject({ exitCode: 3 });
  });

  it('exits with 2 on a wrong input or flag', async () => {
    expect(await smoke('--url', 'x', '--p95', '1')).toMatchObject({
      exitCode: 2,
      err: 'input url: "x": must be an http or https URL\ninput p95: "1": must be a duration such as 250ms, 10s, 5m, 1h or 14d\n\n2 faults, and nothing was asked.\n',
    });
    const { exitCode, err } = await smoke('--colour', 'red');
    expect(err).toContain("Unknown option '--colour'");
    expect(err).toContain('usage: npm run smoke');
    expect(exitCode).toBe(2);
  });
});
