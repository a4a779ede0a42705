import { heldFaults } from './held.ts';

const release = {
  id: '104',
  environment: 'production',
  services: [{ name: 'web', deployment: 'd-1' }, { name: 'api', deployment: 'd-2' }, { name: 'same' }],
};
const wanted = { run: '104', environment: 'production' };
const faults = (web: string, api: string) =>
  heldFaults(
    release,
    new Map([
      ['d-1', web],
      ['d-2', api],
    ]),
    wanted,
  );

describe('a release that waits for a person', () => {
  it.each([
    ['Ready', 'Ready'],
    ['Stopped', 'Ready'],
    ['Succeeded', 'InProgress'],
    ['Queued', 'Created'],
  ])('may be decided while one of its deployments goes on: %s, %s', (web, api) => {
    expect(faults(web, api)).toEqual([]);
  });

  it.each([
    ['Succeeded', 'Succeeded'],
    ['Stopped', 'Failed'],
  ])('is over once all have ended: %s, %s', (web, api) => {
    expect(faults(web, api)).toEqual([
      `release 104 does not wait any more (web ${web}, api ${api}): it was decided before, or nobody decided in time. Push again to release, or run rollback to go back`,
    ]);
  });

  it('is the one of the run, and of the environment', () => {
    const ready = new Map([['d-1', 'Ready']]);
    expect(heldFaults(release, ready, { run: '105', environment: 'staging' })).toEqual([
      'the release document is of run 104, not of 105',
      'the release document is of production, not of staging',
    ]);
  });

  it('with deployments that CodeDeploy does not know does not wait', () => {
    expect(heldFaults(release, new Map(), wanted)).toHaveLength(1);
  });
});
