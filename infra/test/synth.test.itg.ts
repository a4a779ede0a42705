import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const REPORT_MEMORY =
  'data:text/javascript,process.on("exit",()=>console.error("maxRSS="+process.resourceUsage().maxRSS))';

/** `node …` of cdk.json: V8's baseline compiler only, since optimizing the validator's WebAssembly takes 200 MB. */
function appArguments(): string[] {
  const { app } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string };
  return app.split(' ').slice(1);
}

/** The app as `cdk` runs it, with AWS's template validation on: a finding of any severity fails. */
it('synthesizes both environments offline, and AWS’s validation has nothing to say', () => {
  const out = mkdtempSync(join(tmpdir(), 'pika-synth-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', REPORT_MEMORY, ...appArguments()],
      {
        cwd: root,
        // No credentials, no region, a proxy that nobody answers: what is looked up fails.
        env: {
          PATH: process.env.PATH,
          CDK_OUTDIR: out,
          HTTPS_PROXY: 'http://127.0.0.1:9',
          HTTP_PROXY: 'http://127.0.0.1:9',
        },
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    expect([status, stdout.trim(), stderr.replace(/maxRSS=\d+/, '').trim()]).toEqual([0, '', '']);
    const kilobytes = Number(/maxRSS=(\d+)/.exec(stderr)?.[1]);
    expect(kilobytes).toBeLessThan(600_000);
    expect(readdirSync(out).filter((file) => file.endsWith('.template.json'))).toHaveLength(18);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}, 150_000);
