import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/** Changes a stack's template in a cloud assembly as another synth would: under another hash. */
export function editTemplate(assembly: string, stack: string, change: (template: Template) => void): void {
  const file = (name: string) => join(assembly, name);
  const template: Template = JSON.parse(readFileSync(file(`${stack}.template.json`), 'utf8'));
  change(template);
  const text = JSON.stringify(template, undefined, 1);
  writeFileSync(file(`${stack}.template.json`), text);
  const assets = readFileSync(file(`${stack}.assets.json`), 'utf8');
  const hashes = Object.entries<{ source: { path: string } }>(JSON.parse(assets).files);
  const [old = ''] = hashes.find(([, { source }]) => source.path === `${stack}.template.json`) ?? [];
  const hash = createHash('sha256').update(text).digest('hex');
  for (const name of [`${stack}.assets.json`, 'manifest.json']) {
    writeFileSync(file(name), readFileSync(file(name), 'utf8').replaceAll(old, hash));
  }
}
