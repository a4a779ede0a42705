import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { environmentNames, loadManifest, type Manifest, serviceNames } from '../../manifest/index.ts';
import { type GuardedService, readLiveTraffic, refusals } from './live-traffic.ts';
import { type ForbiddenChange, forbiddenChanges, type Templates } from './replacement.ts';

const USAGE = `npm run guard -- --environment NAME [--released FOLDER --assembly FOLDER]

Says whether the stacks of an environment may be deployed now.
  --environment  an environment of pika.yml
  --released     folder of the templates that were deployed last (default infra/released, as npm run released saves them)
  --assembly     folder of the templates that are to be deployed (default cdk.out)
Exit code 0: they may; 1: platform and services must not, with every reason; 2: the command line is wrong;
3: none may, since something that cannot be made again would be lost.`;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The guard before a stack deploy: live weights against PRIMARY task sets, and templates against the last ones. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      released: { type: 'string' },
      assembly: { type: 'string', default: join(root, 'cdk.out') },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const { environment, released, assembly } = values;
  if (!environment || !manifest.environments[environment]) {
    throw new RangeError(
      `--environment ${environment ?? '(not given)'}: pika.yml declares ${Object.keys(manifest.environments).join(', ')}`,
    );
  }
  const changes = templateReasons(manifest, environment, released ?? savedTemplates(), assembly);
  const lost = changes.filter(({ what }) => what === 'lost');
  const reasons = [...(await liveReasons(manifest, environment)), ...changes.map(({ sentence }) => sentence)];
  if (reasons.length === 0) {
    console.log(`${environment}: blue is live or nothing is there yet; the stacks may be deployed.`);
    return 0;
  }
  console.error(
    `${environment}: the stacks must not be deployed now.\n${reasons.map((reason) => `  ${reason}`).join('\n')}`,
  );
  return lost.length > 0 ? 3 : 1;
}

async function liveReasons(manifest: Manifest, environment: string): Promise<string[]> {
  const { cluster, loadBalancer } = environmentNames(manifest, environment);
  const region = manifest.environments[environment]?.region ?? 'us-east-1';
  const services = Object.entries(manifest.services).map(([name, { listener }]): GuardedService => {
    const names = serviceNames(manifest, environment, name);
    return {
      service: names.service,
      productionPort: listener.production,
      blueTargetGroup: names.blueTargetGroup,
    };
  });
  const live = await readLiveTraffic(
    new ECSClient({ region }),
    new ElasticLoadBalancingV2Client({ region }),
    {
      cluster,
      services,
      loadBalancers: [loadBalancer, `${loadBalancer}-public`],
    },
  );
  return refusals(live, services);
}

/** Where `npm run released` saves; undefined as long as it never ran. */
function savedTemplates(): string | undefined {
  const folder = join(root, 'infra/released');
  return existsSync(folder) ? folder : undefined;
}

function templateReasons(
  manifest: Manifest,
  environment: string,
  released: string | undefined,
  assembly: string,
): ForbiddenChange[] {
  if (released === undefined) {
    console.log('No templates to compare with: npm run released saves those that are deployed.');
    return [];
  }
  for (const folder of [released, assembly]) {
    if (!existsSync(folder))
      throw new RangeError(`${folder}: is no folder of templates; run npm run synth for cdk.out`);
  }
  const prefix = `${manifest.product}-${environment}-`;
  return forbiddenChanges(readTemplates(released, prefix), readTemplates(assembly, prefix));
}

function readTemplates(folder: string, prefix: string): Templates {
  const suffix = '.template.json';
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.startsWith(prefix) && file.endsWith(suffix))
      .map((file) => [
        file.slice(0, -suffix.length),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
      ]),
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
