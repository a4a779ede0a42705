import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The app as `cdk` runs it, with AWS's template validation on: a finding of any severity fails. */
it('synthesizes both environments offline, and AWS’s validation has nothing to say', () => {
  const out = mkdtempSync(join(tmpdir(), 'pika-synth-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=384', 'infra/app.ts'],
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
    expect([status, stdout.trim(), stderr.trim()]).toEqual([0, '', '']);
    expect(readdirSync(out).filter((file) => file.endsWith('.template.json'))).toHaveLength(18);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}, 150_000);
