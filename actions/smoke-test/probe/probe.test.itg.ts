import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExampleServices, startExampleServices } from '../test/example-services.ts';
import { type Job, runAction, startJob } from '../test/run-action.ts';

let services: ExampleServices;
let job: Job;

beforeAll(async () => {
  services = await startExampleServices();
});
afterAll(() => services.close());
beforeEach(() => {
  services.misbehave = {};
  services.requests.length = 0;
  job = startJob();
});

describe('the probe', () => {
  const probe = { 'probe-rate': '200', 'probe-path': '/version' };
  const end = () => runAction(job, { mode: 'probe-stop', availability: '90' });
  const until = async (count: number) => {
    const limit = services.requests.length + count;
    const deadline = performance.now() + 10_000;
    while (services.requests.length < limit && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('runs across steps, counts what was lost, and sees versions change', async () => {
    const url = services.endpoints['api-gateway'] ?? '';
    const started = await runAction(job, { mode: 'probe-start', url, ...probe });
    expect(started).toMatchObject({
      exitCode: 0,
      outputs: { verdict: 'pending' },
      state: { probe: 'started' },
    });
    await until(60);
    services.misbehave.answer = () => ({ status: 503 });
    await until(6);
    services.misbehave.answer = () => undefined;
    services.misbehave.version = '2';
    await until(120);
    const result = await end();
    expect(result).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' } });
    const { probe: seen } = JSON.parse(result.file('verdict.json'));
    expect(seen.lost).toBeGreaterThanOrEqual(5);
    expect(Object.keys(seen.failures)).toEqual(['503']);
    expect(seen.versions.map(({ version }: { version: string }) => version)).toEqual(['1', '2']);
    expect(seen.connections.fresh.requests).toBeGreaterThan(50);
    expect(seen.connections.kept.requests).toBeGreaterThan(50);
    expect(seen.complete).toBe(true);
    expect(result.summary).toMatch(/lost {2}[▁▂▃▄▅▆▇█ ]+/);
  });

  it('is ended by post when no step ended it', async () => {
    const started = await runAction(job, {
      mode: 'probe-start',
      url: services.endpoints.users ?? '',
      ...probe,
    });
    const after = await runAction(job, {}, { state: started.state });
    expect(after.annotations).toEqual([
      expect.stringMatching(
        /^::warning::The probe was still running and was ended; its \d+ requests were judged by nobody\. Add a step with mode: probe-stop and if: always\(\)\.$/,
      ),
    ]);
    const rest = services.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(services.requests.length).toBe(rest);
    expect(await end()).toMatchObject({ exitCode: 1, outputs: { verdict: 'inconclusive' } });
  });

  it('says how much more it would have had to see', async () => {
    await runAction(job, { mode: 'probe-start', url: services.endpoints.users ?? '', ...probe });
    await until(20);
    const { outputs, file } = await runAction(job, { mode: 'probe-stop', on: 'production' });
    expect(outputs.sentence).toMatch(
      /^INCONCLUSIVE on production: 0 of \d+ requests lost, at most [\d.]+% \(95%\), limit 0.1%; 2995 without a loss would prove it$/,
    );
    expect(file('junit.xml')).toContain('<testcase classname="probe" name="availability" time="0"><error ');
    expect(JSON.parse(file('ctrf.json')).results.summary).toMatchObject({ tests: 1, other: 1 });
  });

  it('takes a 4xx for no answer of what it probes', async () => {
    const url = services.endpoints.users ?? '';
    await runAction(job, { mode: 'probe-start', url, ...probe, 'probe-path': '/nothing-is-here' });
    await until(20);
    const result = await end();
    expect(result.outputs.sentence).toMatch(/^INCONCLUSIVE on url: 0 of 0 requests lost/);
    expect(result.annotations[0]).toMatch(
      /^::warning::\d+ requests of the probe were answered by a 4xx and not counted: is probe-path right/,
    );
  });

  it('refuses a second one in the same job', async () => {
    const url = services.endpoints.users ?? '';
    await runAction(job, { mode: 'probe-start', url, ...probe });
    const second = await runAction(job, { mode: 'probe-start', url, ...probe });
    expect(second.annotations[0]).toMatch(
      /^::error::input mode: probe-start, but a probe of this job runs already \(process \d+\)\. End it by a step with mode: probe-stop first$/,
    );
    await end();
  });

  it('that ended by itself is never a pass', async () => {
    await runAction(job, {
      mode: 'probe-start',
      url: services.endpoints.users ?? '',
      ...probe,
      'probe-limit': '200ms',
    });
    while (!existsSync(join(job.temp, 'smoke-test-probe', 'ended')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await end()).outputs.verdict).toBe('inconclusive');
  });
});
