import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const terraform = spawnSync('terraform', ['version']).status === 0;
const unlessThere = terraform ? '' : ' (skipped: terraform is not installed)';

(terraform ? describe : describe.skip)(`terraform${unlessThere}`, () => {
  it('finds the module formatted', () => {
    const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-recursive', '-diff'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('finds the module valid, where the providers can be had', () => {
    const copy = mkdtempSync(join(tmpdir(), 'pika-terraform-'));
    cpSync(folder, copy, { recursive: true });
    const { status: init } = spawnSync('terraform', ['init', '-backend=false', '-input=false'], {
      cwd: copy,
    });
    if (init !== 0) {
      console.warn('skipped: terraform validate, since its providers cannot be had here');
      return;
    }
    const { status, stdout } = spawnSync('terraform', ['validate', '-no-color'], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, 'Success! The configuration is valid.\n\n']);
  });
});
