import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { runAction, serve, type Workspace, workspace } from './test/run-action.ts';

const usage = (lines = '', extra = '') => `version: 1
assumptions:
  release.count: { low: 10, expected: 30, high: 60, source: test, expires: 2099-01-01 }
  release.overlap-hours: { low: 0.5, expected: 0.5, high: 0.5, source: test, expires: 2099-01-01 }
  alb.lcu: { low: 0.1, expected: 0.1, high: 0.1, source: test, expires: 2099-01-01 }
${lines}
${extra}`;

const template = (tasks: number, extra = '') => `Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: { Cpu: '256', Memory: '512' }
  Service:
    Type: AWS::ECS::Service
    Metadata: { 'aws:cdk:path': app/Web/Service }
    Properties: { TaskDefinition: !Ref Task, DesiredCount: ${tasks}, LaunchType: FARGATE }
${extra}`;

/** One task: 0.25 × $0.04048 × 730 h + 0.5 × $0.004445 × 730 h */
const ONE_TASK = 9.010025;

let space: Workspace;
beforeEach(() => {
  space = workspace();
  space.write('usage.yml', usage());
});
afterEach(() => space.remove());

const gate = (inputs: Record<string, string>, environment: Record<string, string> = {}) =>
  runAction(space, { templates: 'app.yml', budget: '100', ...inputs }, environment);

describe('the verdict', () => {
  it('passes what fits, and says so in outputs, files and the summary', async () => {
    space.write('app.yml', template(7));
    const run = await gate({});
    expect(run).toMatchObject({
      exitCode: 0,
      outputs: { verdict: 'pass', monthly: '63.07', difference: '' },
    });
    expect(run.summary).toMatch(/^## ✅ Budget: pass – \$63\.07 of \$100\.00 a month \(63%\)/);
    const csv = readFileSync(run.outputs['csv-file'] ?? '', 'utf8').split('\r\n');
    expect(csv[0]).toMatch(/^environment,resource,type,component,price,/);
    expect(csv).toHaveLength(1 + 2 + 1);
    expect(JSON.parse(run.outputs.report ?? '')).toMatchObject({ verdict: 'pass', budget: 100, priced: 2 });
  });

  it('the report is what its schema says', async () => {
    space.write(
      'app.yml',
      template(7, '  Queue: { Type: AWS::SNS::Topic }\n  Odd: { Type: AWS::Odd::Thing }'),
    );
    space.write('base.yml', template(1));
    const run = await gate({ base: 'base.yml' });
    const schema: object = JSON.parse(
      readFileSync(fileURLToPath(new URL('report.schema.json', import.meta.url)), 'utf8'),
    );
    const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
    validate(JSON.parse(readFileSync(run.outputs['report-file'] ?? '', 'utf8')));
    expect(validate.errors).toBeNull();
  });

  it('fails with exit code 1 when more is expected than the budget', async () => {
    space.write('app.yml', template(12));
    const run = await gate({});
    expect(run).toMatchObject({
      exitCode: 1,
      outputs: { verdict: 'fail', monthly: (12 * ONE_TASK).toFixed(2) },
    });
    expect(run.stdout).toContain('$108.12 is expected, $8.12 more than the budget of $100.00');
  });

  it('warns when only the high case exceeds the budget', async () => {
    space.write('app.yml', template(10, '  Bucket: { Type: AWS::S3::Bucket }'));
    const amounts = ['s3.gb', 's3.gets-thousands', 's3.puts-thousands'].map(
      (key) => `  ${key}: { low: 0, expected: 0, high: 900, source: test, expires: 2099-01-01 }`,
    );
    space.write('usage.yml', usage(amounts.join('\n')));
    const run = await gate({});
    expect(run).toMatchObject({ exitCode: 0, outputs: { verdict: 'warn' } });
    expect(run.stdout).toContain('it may be $115.66, more than the budget of $100.00');
  });

  it('an unknown type fails with exit code 2 and names file, path and what to do', async () => {
    space.write('app.yml', template(1, '  Odd: { Type: AWS::Odd::Thing }'));
    const run = await gate({});
    expect(run).toMatchObject({ exitCode: 2, outputs: { verdict: 'fail' } });
    expect(run.stdout).toContain('app/Odd (app.yml): resources of type AWS::Odd::Thing have no pricing rule');
  });

  it('once over, blocks what costs more, passes what costs less, and a rollback', async () => {
    space.write('base.yml', template(13));
    space.write('app.yml', template(12));
    const less = await gate({ base: 'base.yml' });
    expect(less).toMatchObject({
      exitCode: 0,
      outputs: { verdict: 'warn', difference: (-ONE_TASK).toFixed(2) },
    });
    space.write('app.yml', template(14));
    expect(await gate({ base: 'base.yml' })).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    expect(await gate({ base: 'base.yml', rollback: 'true' })).toMatchObject({
      exitCode: 0,
      outputs: { verdict: 'warn' },
    });
  });

  it('names the property that caused a difference', async () => {
    space.write('base.yml', template(1));
    space.write('app.yml', template(3));
    const run = await gate({ base: 'base.yml' });
    expect(run.summary).toContain('+$18.02 by this change');
    expect(run.summary).toContain('app.yml#/Resources/Service/Properties/DesiredCount');
    expect(run.stdout).toContain('::notice title=+$18.02 a month::app/Web/Service: +$18.02 a month');
  });
});

describe('bad input blocks with exit code 2 and says what to do', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['no template', {}, { templates: 'nothing' }, 'templates nothing: there is no such file or folder'],
    [
      'a folder without templates',
      { 'usage.yml': usage() },
      { templates: '.' },
      'there is no template in it',
    ],
    ['YAML that does not parse', { 'app.yml': 'Resources:\n  A: [1, 2\n  B: 3\n' }, {}, 'app.yml:3:'],
    [
      'JSON that does not parse',
      { 'app.json': '{"Resources": {\n"A": }}' },
      { templates: 'app.json' },
      'app.json:2:6: is not JSON',
    ],
    [
      'no resources',
      { 'app.yml': 'Description: nothing' },
      {},
      'app.yml: is no CloudFormation template: it has no Resources',
    ],
    [
      'a resource without a type',
      { 'app.yml': 'Resources: { A: {} }' },
      {},
      'app.yml at Resources.A: has no Type',
    ],
    [
      'a budget that is no number',
      { 'app.yml': template(1) },
      { budget: 'much' },
      'input budget: "much": must be USD a month, such as 100',
    ],
    ['a budget of nothing', { 'app.yml': template(1) }, { budget: '0' }, 'must be more than 0'],
    [
      'no budget at all',
      { 'app.yml': template(1) },
      { budget: '' },
      'input budget: was not given, and there is no manifest pika.yml',
    ],
    [
      'no usage file',
      { 'app.yml': template(1) },
      { usage: 'other.yml' },
      'input usage: there is no file other.yml',
    ],
    [
      'an assumption nobody knows',
      {
        'app.yml': template(1),
        'usage.yml': usage('  s3.GB: { low: 0, expected: 0, high: 0, source: t, expires: 2099-01-01 }'),
      },
      {},
      'usage.yml at assumptions.s3.GB: "s3.GB" is no assumption',
    ],
    [
      'low above high',
      {
        'app.yml': template(1),
        'usage.yml': usage('  s3.gb: { low: 3, expected: 2, high: 1, source: t, expires: 2099-01-01 }'),
      },
      {},
      'usage.yml at assumptions.s3.gb: must have low ≤ expected ≤ high',
    ],
    [
      'an assumption without a source',
      {
        'app.yml': template(1),
        'usage.yml': usage('  s3.gb: { low: 1, expected: 2, high: 3, expires: 2099-01-01 }'),
      },
      {},
      'usage.yml at assumptions.s3.gb.source',
    ],
    [
      'an expired assumption',
      {
        'app.yml': template(1),
        'usage.yml': usage('  s3.gb: { low: 1, expected: 2, high: 3, source: t, expires: 2026-01-01 }'),
      },
      {},
      'the assumption assumptions.s3.gb expired on 2026-01-01',
    ],
    [
      'a missing assumption',
      { 'app.yml': template(1, '  B: { Type: AWS::S3::Bucket }') },
      {},
      'usage.yml has no assumption s3.gb (GB in S3 Standard)',
    ],
    [
      'a parameter without a value',
      {
        'app.yml': `Parameters: { Count: { Type: Number } }\n${template(1).replace('DesiredCount: 1', 'DesiredCount: !Ref Count')}`,
      },
      {},
      'its DesiredCount cannot be resolved: parameter Count of stack app; 1 is assumed',
    ],
    [
      'a region without prices',
      { 'app.yml': template(1) },
      { region: 'eu-west-1' },
      'the region eu-west-1 has no prices (there are prices of us-east-1)',
    ],
    [
      'a value for a parameter that is not there',
      { 'app.yml': template(1) },
      { parameters: 'Other=1' },
      'Other: no template has such a parameter',
    ],
    [
      'a parameter that is none',
      { 'app.yml': template(1) },
      { parameters: 'what' },
      '"what" is no parameter',
    ],
  ])('%s', async (_, files, inputs, message) => {
    for (const [name, text] of Object.entries(files)) space.write(name, text);
    const run = await gate(inputs);
    expect(run.stdout).toContain(message);
    expect(run.exitCode).toBe(2);
  });

  it('a stale Spot price warns after 60 days and blocks after 120', async () => {
    const entry = { usd: 0.1, unit: 'hour', source: 'test', confidence: 'A' };
    const book = (asOf: string) => ({
      region: 'eu-west-1',
      currency: 'USD',
      prices: { alb_h: { ...entry, asOf }, alb_lcu_h: { ...entry, asOf } },
    });
    space.write(
      'app.yml',
      'Resources:\n  Lb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Scheme: internal } }',
    );
    space.write('old.json', book('2020-01-01'));
    const old = await gate({ region: 'eu-west-1', prices: 'old.json' });
    expect(old.exitCode).toBe(2);
    expect(old.stdout).toMatch(
      /the price alb_h of eu-west-1 is \d+ days old, more than 180\. Refresh it: npm run prices -- --region eu-west-1/,
    );
    const hundredDaysAgo = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10);
    space.write('older.json', book(hundredDaysAgo));
    const warned = await gate({ region: 'eu-west-1', prices: 'older.json' });
    expect(warned).toMatchObject({ exitCode: 0, outputs: { verdict: 'warn' } });
    space.write('zero.json', {
      region: 'eu-west-1',
      currency: 'USD',
      prices: { alb_h: { ...entry, usd: 0, asOf: '2026-11-01' } },
    });
    const zero = await gate({ region: 'eu-west-1', prices: 'zero.json' });
    expect(zero.stdout).toContain('must be more than 0: an unknown price is left out, never $0');
    expect(zero.exitCode).toBe(2);
  });
});

describe('the comment on the pull request', () => {
  const event = { GITHUB_REPOSITORY: 'pika/shop' };
  const prepare = () => {
    space.write('app.yml', template(1));
    return { ...event, GITHUB_EVENT_PATH: space.write('event.json', { pull_request: { number: 7 } }) };
  };

  it('is made once, found again among others, and updated in place', async () => {
    const comments: { id: number; body: string }[] = Array.from({ length: 130 }, (_, id) => ({
      id,
      body: `> <!-- pika-budget-gate budget --> ${id}`,
    }));
    const github = await serve(({ method, path, body }) => {
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1);
      if (method === 'GET') return { body: comments.slice((page - 1) * 100, page * 100) };
      const text = String(JSON.parse(body).body);
      const id = Number(/comments\/(\d+)$/.exec(path)?.[1] ?? comments.length);
      comments[id] = { id, body: text };
      return { status: method === 'POST' ? 201 : 200, body: comments[id] };
    });
    try {
      const environment = { ...prepare(), GITHUB_API_URL: github.url };
      const token = { token: 'not-a-secret' };
      expect((await gate(token, environment)).stdout).toContain('Comment on #7: created');
      expect((await gate(token, environment)).stdout).toContain('Comment on #7: unchanged');
      space.write('app.yml', template(2));
      expect((await gate(token, environment)).stdout).toContain('Comment on #7: updated');
      expect(comments).toHaveLength(131);
      expect(comments[130]?.body).toMatch(/^<!-- pika-budget-gate budget -->\n## ✅ Budget: pass – \$18\.02/);
    } finally {
      await github.close();
    }
  });

  it('that may not be written is a warning with what to do', async () => {
    const github = await serve(() => ({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    }));
    try {
      const run = await gate({ token: 't' }, { ...prepare(), GITHUB_API_URL: github.url });
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain(
        '403: Resource not accessible by integration. The job needs the permission pull-requests: write',
      );
    } finally {
      await github.close();
    }
  });
});

describe('real spending', () => {
  const credentials = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const today = new Date().toISOString().slice(0, 10);
  const budget = (actual: string) => ({
    BudgetName: 'all',
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: '100', Unit: 'USD' },
    CalculatedSpend: { ActualSpend: { Amount: actual, Unit: 'USD' } },
  });
  const groups = [
    {
      Keys: ['USE1-SpotUsage-Fargate-vCPU-Hours:perCPU'],
      Metrics: {
        UnblendedCost: { Amount: '0.3', Unit: 'USD' },
        UsageQuantity: { Amount: '20', Unit: 'N/A' },
      },
    },
    {
      Keys: ['USE1-LoadBalancerUsage'],
      Metrics: {
        UnblendedCost: { Amount: '1.7', Unit: 'USD' },
        UsageQuantity: { Amount: '24', Unit: 'N/A' },
      },
    },
  ];
  const aws = (actual: string) =>
    serve(({ target }) => {
      if (target === 'AWSBudgetServiceGateway.DescribeBudgets')
        return { body: { Budgets: [budget(actual)] } };
      if (target === 'AWSInsightsIndexService.GetCostAndUsage') {
        return {
          body: {
            ResultsByTime: [{ TimePeriod: { Start: today, End: today }, Groups: groups, Estimated: true }],
          },
        };
      }
      return { status: 400, body: { __type: 'UnknownOperationException' } };
    });

  it('reads Budgets first, asks Cost Explorer once a day, and puts its own cost and the paid Spot rate in the table', async () => {
    const spot = template(1).replace(
      'LaunchType: FARGATE',
      'CapacityProviderStrategy: [{ CapacityProvider: FARGATE_SPOT, Weight: 1 }]',
    );
    space.write('app.yml', spot);
    const server = await aws('12.5');
    try {
      const environment = { ...credentials, AWS_ENDPOINT_URL: server.url };
      const inputs = { spend: 'cost-explorer', account: '111122223333' };
      const first = await gate(inputs, environment);
      expect(first.stdout).not.toContain('::warning');
      const second = await gate(inputs, environment);
      expect(server.calls.map(({ target }) => target.split('.')[1])).toEqual([
        'DescribeBudgets',
        'GetCostAndUsage',
        'DescribeBudgets',
      ]);
      expect(JSON.parse(server.calls[0]?.body ?? '')).toMatchObject({ AccountId: '111122223333' });
      expect(first.summary).toContain('Really spent (Cost Explorer): $12.50 this month, $2.00 a day');
      expect(second.summary).toContain('Really spent (Cost Explorer (cached))');
      // 30 requests of $0.01, and vCPU at the paid $0.015 with memory at the price book's
      expect(second.outputs.monthly).toBe(
        (30 * 0.01 + 0.25 * 0.015 * 730 + 0.5 * 0.00141527 * 730).toFixed(2),
      );
      expect(second.summary).toContain('Cost Explorer requests');
    } finally {
      await server.close();
    }
  });

  it('blocks increases when the account spends too much already', async () => {
    space.write('base.yml', template(1));
    space.write('app.yml', template(2));
    const server = await aws('2500');
    try {
      const environment = { ...credentials, AWS_ENDPOINT_URL: server.url };
      const inputs = { spend: 'budgets', account: '111122223333', base: 'base.yml' };
      const more = await gate(inputs, environment);
      expect(more.exitCode).toBe(1);
      expect(more.stdout).toContain('and this change adds $9.01 a month');
      space.write('app.yml', template(1));
      expect(await gate(inputs, environment)).toMatchObject({ exitCode: 0, outputs: { verdict: 'warn' } });
    } finally {
      await server.close();
    }
  });

  it('that may not be read is a warning that names the permissions', async () => {
    space.write('app.yml', template(1));
    const server = await serve(() => ({
      status: 400,
      body: {
        __type: 'AccessDeniedException',
        Message: 'User is not authorized to perform budgets:ViewBudget',
      },
    }));
    try {
      const run = await gate(
        { spend: 'budgets', account: '111122223333' },
        { ...credentials, AWS_ENDPOINT_URL: server.url },
      );
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain('The role needs budgets:ViewBudget.');
    } finally {
      await server.close();
    }
  });

  it('needs an account', async () => {
    space.write('app.yml', template(1));
    const run = await gate({ spend: 'budgets' });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toContain('input account: was not given, and the templates do not say their account');
    expect(existsSync(join(space.folder, 'budget-gate'))).toBe(false);
  });
});
