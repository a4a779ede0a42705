import { fileURLToPath } from 'node:url';
import { loadManifest, ManifestError } from '../manifest/index.ts';
import { ConfigurationError } from './config/fault.ts';
import { loadConfiguration } from './config/load.ts';
import { createApp, drawInfrastructure } from './draw.ts';

/** The CDK app: `npm run synth`. Needs no account, no network, no look-up. Exit code 2: the configuration is wrong. */
try {
  const manifest = loadManifest(fileURLToPath(new URL('../pika.yml', import.meta.url)));
  const configuration = loadConfiguration(manifest);
  const app = createApp();
  drawInfrastructure(app, manifest, configuration);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError || error instanceof ManifestError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
