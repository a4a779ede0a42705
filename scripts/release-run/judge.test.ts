import { fileURLToPath } from 'node:url';
import { loadManifest } from '../../manifest/index.ts';
import { approverFaults, runFaults, workflowRun } from './judge.ts';

const manifest = loadManifest(fileURLToPath(new URL('../../pika.yml', import.meta.url)));
const release = {
  id: 7,
  path: '.github/workflows/release.yml',
  event: 'push',
  head_branch: 'main',
  head_repository: { full_name: 'pika/pika' },
  repository: { full_name: 'pika/pika', default_branch: 'main' },
  conclusion: 'success',
};
const held = { environment: 'production', held: true };
const judge = (more: Partial<Record<keyof typeof release, unknown>>) =>
  runFaults(workflowRun.parse({ ...release, ...more }), held);

describe('a run of release.yml', () => {
  it('is accepted when a push to the default branch made it and it succeeded', () => {
    expect(judge({})).toEqual([]);
  });

  it.each([
    ['another workflow', { path: '.github/workflows/ci.yml@refs/heads/main' }, /is a run of .*ci\.yml/],
    ['a dispatch', { event: 'workflow_dispatch' }, /started by workflow_dispatch/],
    ['another branch', { head_branch: 'attack' }, /of branch attack, not of main/],
    ['a fork', { head_repository: { full_name: 'mallory/pika' } }, /mallory\/pika, a fork/],
    ['a deleted fork', { head_repository: null }, /a deleted repository/],
    ['a failure', { conclusion: 'failure' }, /ended failure/],
    ['one that is under way', { conclusion: null }, /ended not yet/],
  ])('is refused when it is %s', (_what, more, message) => {
    expect(judge(more)).toEqual([expect.stringMatching(message)]);
  });
});

describe('an approver', () => {
  it('is whom the manifest names for that environment, in any case', () => {
    expect(approverFaults(manifest, 'production', 'Lead')).toEqual([]);
  });

  it('is nobody else, and nobody where none is named', () => {
    expect(approverFaults(manifest, 'production', 'mallory')).toEqual([
      'mallory is not among environments.production.approvers of pika.yml, which are lead',
    ]);
    expect(approverFaults(manifest, 'staging', 'lead')).toEqual([expect.stringContaining('which are none')]);
    expect(approverFaults(manifest, 'moon', 'lead')).toEqual([
      expect.stringContaining('has no environment moon'),
    ]);
  });
});
