import { existsSync, readFileSync } from 'node:fs';
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
    const none = await end();
    expect(none).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(none.annotations[0]).toBe(
      '::error::input mode: probe-stop, but no probe of this job was found. Start one by a step with mode: probe-start before it',
    );
  });

  it('warns of too few requests, which are no failure, and says how many would have been enough', async () => {
    await runAction(job, { mode: 'probe-start', url: services.endpoints.users ?? '', ...probe });
    await until(20);
    const { exitCode, outputs, annotations, file } = await runAction(job, {
      mode: 'probe-stop',
      on: 'production',
    });
    expect(outputs.sentence).toMatch(
      /^INCONCLUSIVE on production: 0 of \d+ requests lost, at most [\d.]+% \(95%\), limit 0.1%; 2995 without a loss would prove it$/,
    );
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 0, verdict: 'inconclusive' });
    expect(annotations).toEqual([`::warning::${outputs.sentence?.replaceAll('%', '%25')}`]);
    expect(file('junit.xml')).toContain('<testcase classname="probe" name="availability" time="0"><error ');
    expect(JSON.parse(file('ctrf.json')).results.summary).toMatchObject({ tests: 1, other: 1 });
  });

  it('says how many would have been enough after a loss, too', async () => {
    const url = services.endpoints.users ?? '';
    await runAction(job, { mode: 'probe-start', url, ...probe, 'probe-rate': '50' });
    let refused = false;
    services.misbehave.answer = () => {
      if (refused) return undefined;
      refused = true;
      return { status: 503 };
    };
    await until(20);
    const result = await runAction(job, { mode: 'probe-stop', on: 'production', availability: '99' });
    expect(result.outputs.sentence).toMatch(
      /^INCONCLUSIVE on production: 1 of \d+ requests lost, at most [\d.]+% \(95%\), limit 1%; 473 without another loss would prove it$/,
    );
    expect(result.exitCode).toBe(0);
  });

  it('fails when users lost more than they may', async () => {
    await runAction(job, { mode: 'probe-start', url: services.endpoints.users ?? '', ...probe });
    services.misbehave.answer = () => ({ status: 503 });
    await until(20);
    const result = await end();
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    expect(result.annotations).toEqual([expect.stringMatching(/^::error::FAIL on url: \d+ of \d+ requests/)]);
  });

  it('that died has measured nothing', async () => {
    await runAction(job, { mode: 'probe-start', url: services.endpoints.users ?? '', ...probe });
    process.kill(Number(readFileSync(join(job.temp, 'smoke-test-probe', 'pid'), 'utf8')), 'SIGKILL');
    const result = await end();
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(result.annotations).toEqual([
      '::warning::The probe died before it was stopped: nobody knows what users got after its last request.',
      expect.stringMatching(/^::error::INCONCLUSIVE on url: 0 of \d+ requests lost/),
    ]);
    expect(JSON.parse(result.file('verdict.json'))).toMatchObject({ probe: { complete: false } });
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
    const result = await end();
    expect(result.outputs.verdict).toBe('inconclusive');
    expect(result.annotations[0]).toBe(
      '::warning::The probe reached its probe-limit before it was stopped; give it more.',
    );
  });
});
