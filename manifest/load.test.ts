import { fileURLToPath } from 'node:url';
import { ManifestError } from './fault.ts';
import { loadManifest, parseManifest } from './load.ts';
import { serviceNames } from './names.ts';

const minimal = `version: 1
product: shop
budget: { monthly: 50 }
environments:
  production: {}
services:
  web:
    build: { context: . }
    port: 3000
    listener: { production: 80, test: 8080 }
`;

function faultsOf(text: string): string[] {
  try {
    parseManifest(text, 'pika.yml');
  } catch (error) {
    if (error instanceof ManifestError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the release manifest', () => {
  it('reads the one of this repository: a gateway and six services', () => {
    const manifest = loadManifest(fileURLToPath(new URL('../pika.yml', import.meta.url)));
    expect(Object.keys(manifest.services)).toHaveLength(7);
    expect(serviceNames(manifest, 'production', 'search').family).toBe('pika-production-search');
  });

  it('fills in what is left out', () => {
    const web = parseManifest(minimal).services.web;
    expect(web).toMatchObject({
      cpu: 256,
      memory: 512,
      capacity: 'spot',
      tasks: { min: 1, max: 2 },
      health: '/health',
    });
  });

  it('names an unknown key with its line and column', () => {
    expect(faultsOf(minimal.replace('port: 3000', 'port: 3000\n    colour: red'))).toEqual([
      'pika.yml:10:13 services.web.colour: is not a key that is known here',
    ]);
  });

  it('refuses a service that is there twice', () => {
    const twice = `${minimal}  web:\n    build: { context: b }\n    port: 1\n    listener: { production: 81, test: 82 }\n`;
    expect(faultsOf(twice)).toEqual(['pika.yml:11:3 (yaml): the key "web" is there twice']);
  });

  it('reports all faults at once', () => {
    const bad = minimal
      .replace('port: 3000', 'port: 3000\n    cpu: 300\n    dependsOn: [nobody]')
      .replace('test: 8080', 'test: 80');
    expect(faultsOf(bad)).toEqual([
      'pika.yml:10:10 services.web.cpu: 300 is no Fargate CPU size; allowed: 256, 512, 1024, 2048, 4096, 8192, 16384',
      'pika.yml:12:39 services.web.listener.test: port 80 is already web’s production listener',
      'pika.yml:11:17 services.web.dependsOn.0: "nobody" is no service; declared: web',
    ]);
  });

  it('refuses dependencies in a circle', () => {
    expect(faultsOf(minimal.replace('port: 3000', 'port: 3000\n    dependsOn: [web]'))).toEqual([
      'pika.yml:10:16 services.web.dependsOn: goes in a circle: web → web',
    ]);
  });
});
