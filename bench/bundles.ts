/** What GitHub downloads and starts in every job: bytes of all bundles, and the release's way to its first call. */
import { fileURLToPath } from 'node:url';
import { bundleBytes, coldStart } from './bundle.ts';
import type { Figure } from './figure.ts';

const MEGABYTES = {
  'blue-green-deploy': 0.9,
  'smoke-test': 0.5,
  'test-access': 0.5,
  'budget-gate': 0.9,
  'build-push': 0.9,
};
const RUNS = 21;

const INPUTS = {
  cluster: 'production',
  service: 'users',
  application: 'pika',
  'deployment-group': 'users',
  image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/users@sha256:${'a'.repeat(64)}`,
};

const TEST_ACCESS_INPUTS = {
  product: 'pika',
  environment: 'staging',
  endpoints: '{"users":"http://10.0.11.7:9002"}',
  lifetime: '30m',
};

export async function measure(): Promise<Figure[]> {
  const bytes = Object.entries(MEGABYTES).map(([name, atMost]) => ({
    name: `${name}: all of its bundle`,
    value: bundleBytes(distOf(name)) / 1e6,
    unit: 'MB',
    atMost,
    ...(name === 'blue-green-deploy' && { peer: '3.03 MB' }),
  }));
  const { bare, added } = await coldStart(distOf('blue-green-deploy'), INPUTS, RUNS);
  const way = await coldStart(distOf('test-access'), TEST_ACCESS_INPUTS, RUNS);
  return [
    ...bytes,
    { name: 'bare Node, start to end', value: bare, unit: 'ms' },
    {
      name: 'blue-green-deploy: start to first AWS call, over bare Node',
      value: added,
      unit: 'ms',
      atMost: 70,
      peer: '+123–156 ms',
    },
    {
      name: 'test-access: start to first AWS call, over bare Node',
      value: way.added,
      unit: 'ms',
      atMost: 70,
    },
  ];
}

function distOf(name: string): string {
  return fileURLToPath(new URL(`../actions/${name}/dist`, import.meta.url));
}
