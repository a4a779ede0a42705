import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfiguration } from '../config/load.ts';
import { createApp, drawInfrastructure } from '../draw.ts';
import { manifest } from '../test/assembly.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const terraform = spawnSync('terraform', ['version']).status === 0;
if (!terraform) console.warn('skipped: terraform fmt and validate, since terraform is not installed');

(terraform ? describe : describe.skip)('terraform', () => {
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

it('the Terraform module deploys every stack of an environment, after what it imports from', () => {
  const source = readFileSync(`${folder}main.tf`, 'utf8');
  const layers = new Map(
    [...source.matchAll(/^module "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => [
      name,
      [...body.matchAll(/module\.(\w+)/g)].map(([, dependency = '']) => dependency),
    ]),
  );
  const before = (name: string): string[] =>
    (layers.get(name) ?? []).flatMap((layer) => [layer, ...before(layer)]);
  const app = createApp({ '@aws-cdk/core:validateAgainstDefaultRules': false });
  drawInfrastructure(app, manifest, loadConfiguration(manifest));
  const stacks = app.synth().stacks.filter(({ stackName }) => stackName.startsWith('pika-production-'));
  const layerOf = (stackName: string) => stackName.replace('pika-production-', '');
  expect([...layers.keys()].sort()).toEqual(stacks.map(({ stackName }) => layerOf(stackName)).sort());
  for (const stack of stacks) {
    const needed = stack.dependencies
      .map(({ id }) => id)
      .filter((id) => id.startsWith('pika-production-') && !id.endsWith('.assets'))
      .map(layerOf);
    expect([
      stack.stackName,
      needed.filter((layer) => !before(layerOf(stack.stackName)).includes(layer)),
    ]).toEqual([stack.stackName, []]);
  }
});
