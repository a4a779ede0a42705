import type { Report } from '../json.ts';

/** A small report for the tests of the page: one release that lost one request. */
export const exampleReport = (more: Partial<Report> = {}): Report => ({
  version: 1,
  startedAt: '2026-11-23T12:00:00.000Z',
  seconds: 42.5,
  timeScale: 60,
  held: true,
  scenarios: [
    {
      name: 'all-seven',
      story: 'version 2 of all seven goes out as one',
      versions: { search: '2.0.0' },
      expectations: [{ what: 'requests lost', expected: '0', seen: '0', holds: true }],
      releases: [
        {
          version: '2.0.0',
          action: {
            outcome: 'success',
            outputs: {},
            summary: '# <b>Released</b>',
            log: ['a & b'],
            milliseconds: 9000,
          },
          traffic: {
            sent: 400,
            failed: 1,
            byResult: { 200: 399, 502: 1 },
            byVersion: { '1.0.0': 200, '2.0.0': 200 },
          },
          series: {
            seconds: 0.25,
            byVersion: { '1.0.0': [100, 100, 0, 0], '2.0.0': [0, 0, 100, 100] },
            failed: [0, 1, 0, 0],
          },
          failures: [{ at: 300, result: 502, version: undefined }],
          calls: { 'ecs:DescribeServices': 2, 'codedeploy:BatchGetDeployments': 20 },
          deployments: [
            {
              deploymentId: 'd-1',
              service: 'search',
              status: 'Succeeded',
              rollback: false,
              startsAt: 10,
              secondsTo: { Install: 40, AfterAllowTestTraffic: 45, AllowTraffic: 120 },
              seconds: 300,
            },
          ],
          startedAt: 0,
          seconds: 9,
        },
      ],
    },
  ],
  ...more,
});
