import type {
  ActReport,
  DeploymentReport,
  JobReport,
  Report,
  RunReport,
  StepReport,
  TrafficReport,
} from '../json.ts';

const SERVICES = ['api-gateway', 'auth', 'users', 'listings', 'orders', 'search', 'notifications'];
const EVENTS = [
  ...['BeforeInstall', 'Install', 'AfterInstall', 'AllowTestTraffic', 'AfterAllowTestTraffic'],
  ...['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'],
];

const exampleStep = (name: string, more: Partial<StepReport> = {}): StepReport => ({
  name,
  conclusion: 'success',
  outcome: 'success',
  seconds: 1,
  ...more,
});

const exampleJob = (id: string, more: Partial<JobReport> = {}): JobReport => ({
  id,
  name: id,
  needs: [],
  conclusion: 'success',
  startsAt: 3,
  seconds: 4,
  steps: [exampleStep('actions/checkout'), exampleStep(`Run ${id}`, { seconds: 3 })],
  annotations: [],
  summary: '',
  log: { lines: [`${id}: a & b`], leftOut: 0 },
  jobs: [],
  ...more,
});

/** A job that deploys by a called workflow. */
const deployJob = (id: string, startsAt: number, more: Partial<JobReport> = {}): JobReport =>
  exampleJob(id, {
    startsAt,
    seconds: 10,
    uses: '.github/workflows/deploy-environment.yml',
    steps: [],
    log: { lines: [], leftOut: 0 },
    jobs: [
      exampleJob('deploy', {
        name: `${id} / deploy`,
        startsAt,
        seconds: 10,
        environment: { name: id, url: 'https://pika.example' },
        summary: `## Released to ${id}\n\n| service | from | to |\n| --- | --- | --- |\n| search | 1 | **2** |\n`,
        ...more,
      }),
    ],
    ...(more.conclusion ? { conclusion: more.conclusion } : {}),
  });

/** A deployment whose events end where they are told, at equal distances. @param reached events that were run */
function exampleDeployment(
  service: string,
  startsAt: number,
  more: Partial<DeploymentReport> & { reached?: number } = {},
): DeploymentReport {
  const { reached = EVENTS.length, ...rest } = more;
  return {
    deploymentId: `d-${service.slice(0, 4).toUpperCase()}${Math.round(startsAt)}`,
    service,
    status: 'Succeeded',
    startsAt,
    endsAt: startsAt + 9,
    events: EVENTS.map((name, index) =>
      index < reached
        ? { name, status: 'Succeeded', startsAt: startsAt + index, endsAt: startsAt + index + 1 }
        : { name, status: index === reached && rest.status === 'Failed' ? 'Failed' : 'Pending' },
    ),
    ...rest,
  };
}

/** Traffic that goes over from one version to the other in the middle. @param lost moments of failed requests */
export function exampleTraffic(startsAt: number, seconds: number, lost: readonly number[]): TrafficReport {
  const length = seconds * 4;
  const share = (index: number) => Math.min(25, Math.max(0, Math.round((index - length / 2) * 2)));
  const green = Array.from({ length }, (_, index) => share(index));
  return {
    startsAt,
    seconds,
    counts: {
      sent: length * 25 + lost.length,
      failed: lost.length,
      byResult: { 200: length * 25, ...(lost.length > 0 ? { 502: lost.length } : {}) },
      byVersion: { '1.0.0': length * 13, '2.0.0': length * 12 },
    },
    latency: { p50: 4.2, p95: 17.9, max: 120 },
    series: {
      seconds: 0.25,
      byVersion: { '1.0.0': green.map((count) => 25 - count), '2.0.0': green },
      failed: Array.from({ length }, () => 0),
    },
    failures: lost.map((at) => ({ at, result: 502, version: '2.0.0' })),
    failuresLeftOut: 0,
  };
}

const range = (expected: number) => ({ low: expected * 0.9, expected, high: expected * 1.3 });

const exampleRun = (more: Partial<RunReport> = {}): RunReport => ({
  name: 'release',
  path: '.github/workflows/release.yml',
  runId: '101',
  attempt: 1,
  event: 'push',
  actor: 'developer',
  conclusion: 'success',
  startsAt: 3,
  seconds: 30,
  jobs: [
    exampleJob('test'),
    exampleJob('budget', {
      summary: '## ⚠️ Budget: warn\n\n<details><summary>Cliffs</summary>\n\n- Spot is lost\n\n</details>\n',
    }),
    exampleJob('build', { needs: ['test'], startsAt: 7 }),
    exampleJob('wake', { needs: ['test', 'budget'], conclusion: 'skipped', seconds: 0, steps: [] }),
    { ...deployJob('staging', 11), needs: ['build', 'wake'] },
    {
      ...deployJob('production', 22, {
        approval: { environment: 'production', reviewers: ['lead'], approved: true, seconds: 1 },
      }),
      needs: ['build', 'staging'],
    },
  ],
  verdicts: [
    {
      job: 'staging / deploy',
      step: 'Smoke-test green',
      verdict: 'pass',
      sentence: 'PASS on green: 21 of 21 checks',
      on: 'green',
      checks: { passed: 21, failed: 0, skipped: 0 },
      failures: [],
      load: { requests: 240, failed: 0, p50: 4, p95: 21, p99: 40 },
    },
  ],
  budget: {
    verdict: 'warn',
    budget: 100,
    total: range(99.42),
    environments: { production: range(86.83), staging: range(12.59) },
    reasons: ['$99.42 is expected, but it may be $134.84, more than the budget of $100.00'],
    largest: [
      { type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resources: 2, monthly: range(18.1) },
      { type: 'AWS::RDS::DBInstance', resources: 2, monthly: range(16.2) },
    ],
  },
  ...more,
});

const approved: ActReport = {
  name: 'approved',
  story: 'a push goes through staging, is approved, and reaches production',
  startsAt: 3,
  seconds: 30,
  expectations: [{ what: 'requests of users lost', expected: '0', seen: '0', holds: true }],
  runs: [exampleRun()],
  releases: [
    { cluster: 'pika-staging', deployments: SERVICES.map((service) => exampleDeployment(service, 12)) },
    { cluster: 'pika-production', deployments: SERVICES.map((service) => exampleDeployment(service, 23)) },
  ],
  traffic: exampleTraffic(3, 30, []),
};

const WHY = 'search on green: 2 tasks stopped, exit code 78: FAULT=crash-on-start';

const broken: ActReport = {
  name: 'broken',
  story: 'search of version 3 crashes on green, and no user sees it',
  startsAt: 34,
  seconds: 25,
  expectations: [
    { what: 'release.yml', expected: 'failure', seen: 'failure', holds: true },
    { what: 'requests of users lost', expected: '0', seen: '2 (502)', holds: false },
  ],
  runs: [
    exampleRun({
      runId: '102',
      startsAt: 34,
      seconds: 25,
      conclusion: 'failure',
      jobs: [
        exampleJob('build', { startsAt: 34 }),
        {
          ...deployJob('production', 39, {
            conclusion: 'failure',
            annotations: [{ level: 'error', message: WHY, title: 'search failed on green' }],
            steps: [
              exampleStep('Bring up green', { conclusion: 'failure', outcome: 'failure', seconds: 9 }),
              exampleStep('Shift production traffic', {
                conclusion: 'skipped',
                outcome: 'skipped',
                seconds: 0,
              }),
            ],
          }),
          needs: ['build'],
        },
      ],
      verdicts: [],
    }),
  ],
  releases: [
    {
      cluster: 'pika-production',
      deployments: SERVICES.map((service) =>
        service === 'search'
          ? exampleDeployment(service, 40, {
              reached: 1,
              status: 'Failed',
              error: {
                code: 'HEALTH_CONSTRAINTS',
                message: 'the replacement task set did not become steady',
              },
            })
          : exampleDeployment(service, 40, {
              reached: 5,
              status: 'Stopped',
              error: { code: 'MANUAL_STOP', message: 'stopped by the release' },
            }),
      ),
    },
  ],
  traffic: exampleTraffic(34, 25, [45.1, 45.9]),
};

/** A small report for the tests of the page: a release that went well, and one that did not. */
export const exampleReport = (more: Partial<Report> = {}): Report => ({
  version: 2,
  startedAt: '2026-11-23T12:00:00.000Z',
  seconds: 60,
  timeScale: 30,
  held: true,
  setup: [
    { name: 'cdk bootstrap', startsAt: 0, seconds: 1 },
    { name: 'cdk deploy production', startsAt: 1, seconds: 2, detail: '9 stacks, 410 resources' },
  ],
  acts: [approved, broken],
  permissions: {
    enforced: true,
    roles: [
      {
        role: 'pika-build',
        calls: 12,
        operations: [{ action: 'ecr:PutImage', calls: 12 }],
        grants: [
          { action: 'ecr:PutImage', policy: 'build', sid: 'Push', calls: 12 },
          { action: 'ecr:DeleteRepository', policy: 'build', calls: 0 },
        ],
      },
    ],
    denied: [
      {
        principal: 'arn:aws:sts::123456789012:assumed-role/pika-build/build-1',
        action: 's3:PutObject',
        resource: 'arn:aws:s3:::pika',
        message: 'User is not authorized to perform: s3:PutObject',
        times: 2,
      },
    ],
  },
  standIns: [{ what: 'actions/checkout', instead: 'Copies the rehearsed repository into the workspace' }],
  notRehearsed: [],
  ...more,
});
