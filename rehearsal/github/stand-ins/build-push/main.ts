import { join } from 'node:path';
import { z } from 'zod';
import { loadManifest } from '../../../../manifest/index.ts';
import { createClients } from '../../../environment/clients.ts';
import { pushVersion } from '../../../environment/images.ts';
import { input, run, setOutput, variable } from '../toolkit.ts';

const faults = z.record(z.string(), z.string());

await run(async () => {
  const workspace = variable('GITHUB_WORKSPACE');
  variable('AWS_SESSION_TOKEN', 'sign in to AWS before');
  const manifest = loadManifest(join(workspace, input('manifest')));
  const [environment = ''] = Object.keys(manifest.environments);
  const images = await pushVersion(
    createClients(process.env as Record<string, string>),
    manifest,
    environment,
    join(workspace, 'rehearsal', 'services'),
    {
      number: variable('REHEARSED_VERSION', 'the rehearsal says which version it pushes'),
      faults: faults.parse(JSON.parse(process.env.REHEARSED_FAULTS ?? '{}')),
    },
  );
  for (const [service, image] of Object.entries(images)) console.log(`${service}: ${image}`);
  setOutput('images', JSON.stringify(images));
});
