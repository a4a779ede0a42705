import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, serviceNames } from '../../manifest/index.ts';
import { runInfra } from '../deploy/test/command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = loadManifest(`${root}pika.yml`);

/** AWS as the guard sees it: two services over their wire protocols, with what the test says is live. */
interface Live {
  /** Group behind the PRIMARY task set of each service. */
  primary: 'blue' | 'green';
  /** Weights of every production listener. */
  weights: { blue: number; green: number };
  /** A second task set. */
  underWay?: boolean;
  exists?: boolean;
  /** Templates of the stacks that are deployed. */
  deployed?: Readonly<Record<string, unknown>>;
}

const arn = (service: string, color: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${service}-${color}/1`;

function ecsAnswer(live: Live): { status: number; body: unknown } {
  if (live.exists === false)
    return { status: 400, body: { __type: 'ClusterNotFoundException', message: 'Cluster not found.' } };
  const services = Object.keys(manifest.services).map((serviceName) => ({
    serviceName,
    status: 'ACTIVE',
    taskSets: [
      { status: 'PRIMARY', loadBalancers: [{ targetGroupArn: arn(serviceName, live.primary) }] },
      ...(live.underWay
        ? [{ status: 'ACTIVE', loadBalancers: [{ targetGroupArn: arn(serviceName, 'green') }] }]
        : []),
    ],
  }));
  return { status: 200, body: { services, failures: [] } };
}

function templateAnswer({ deployed = {} }: Live, stack: string): { status: number; body: string } {
  const template = deployed[stack];
  const refusal = (status: number, code: string, message: string) => ({
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  });
  if (template === undefined) return refusal(400, 'ValidationError', `Stack with id ${stack} does not exist`);
  if (template === 'denied') return refusal(403, 'AccessDenied', 'no cloudformation:GetTemplate');
  const body = JSON.stringify(template).replaceAll('"', '&quot;');
  return {
    status: 200,
    body: `<GetTemplateResponse><GetTemplateResult><TemplateBody>${body}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
  };
}

function elbAnswer(live: Live, query: URLSearchParams): { status: number; body: string } {
  const action = query.get('Action');
  if (action === 'GetTemplate') return templateAnswer(live, query.get('StackName') ?? '');
  const wrap = (inner: string) => ({
    status: 200,
    body: `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`,
  });
  const names = Object.keys(manifest.services);
  if (action === 'DescribeTargetGroups') {
    const members = names.flatMap((name) => {
      const { blueTargetGroup, greenTargetGroup } = serviceNames(manifest, 'staging', name);
      return [
        ['blue', blueTargetGroup],
        ['green', greenTargetGroup],
      ].map(
        ([color = '', group]) =>
          `<member><TargetGroupArn>${arn(name, color)}</TargetGroupArn><TargetGroupName>${group}</TargetGroupName></member>`,
      );
    });
    return wrap(`<TargetGroups>${members.join('')}</TargetGroups>`);
  }
  if (action === 'DescribeLoadBalancers') {
    if (live.exists === false || query.get('Names.member.1') !== 'pika-staging') {
      return {
        status: 400,
        body: '<ErrorResponse><Error><Type>Sender</Type><Code>LoadBalancerNotFound</Code><Message>not found</Message></Error></ErrorResponse>',
      };
    }
    return wrap(
      '<LoadBalancers><member><LoadBalancerArn>arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/1</LoadBalancerArn></member></LoadBalancers>',
    );
  }
  const listeners = names.map((name) => {
    const weight = (color: 'blue' | 'green') =>
      `<member><TargetGroupArn>${arn(name, color)}</TargetGroupArn><Weight>${live.weights[color]}</Weight></member>`;
    return `<member><Port>${manifest.services[name]?.listener.production}</Port><DefaultActions><member><Type>forward</Type><ForwardConfig><TargetGroups>${weight('blue')}${weight('green')}</TargetGroups></ForwardConfig></member></DefaultActions></member>`;
  });
  return wrap(`<Listeners>${listeners.join('')}</Listeners>`);
}

let live: Live = { primary: 'blue', weights: { blue: 100, green: 0 } };
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isEcs = request.headers['x-amz-target'] !== undefined;
      const answer = isEcs
        ? ecsAnswer(live)
        : elbAnswer(live, new URLSearchParams(Buffer.concat(chunks).toString()));
      response.writeHead(answer.status, {
        'content-type': isEcs ? 'application/x-amz-json-1.1' : 'text/xml',
      });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

const guard = (...args: string[]) => run('checks/guard', ...args);

function run(command: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const { port } = server.address() as AddressInfo;
  return runInfra(command, args, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  });
}

describe('the guard', () => {
  it('lets a deploy through while blue is live', async () => {
    live = { primary: 'blue', weights: { blue: 100, green: 0 } };
    expect(await guard('--environment', 'staging')).toMatchObject({ code: 0 });
  });

  it('lets the first deploy through, when there is nothing yet', async () => {
    live = { primary: 'blue', weights: { blue: 100, green: 0 }, exists: false };
    expect(await guard('--environment', 'staging')).toMatchObject({ code: 0 });
  });

  it('refuses while green is live, for every service', async () => {
    live = { primary: 'green', weights: { blue: 0, green: 100 } };
    const { code, output } = await guard('--environment', 'staging');
    expect(code).toBe(1);
    for (const service of Object.keys(manifest.services))
      expect(output).toContain(`${service}: green is live`);
  });

  it('refuses when listener and PRIMARY task set disagree', async () => {
    live = { primary: 'green', weights: { blue: 100, green: 0 } };
    const { code, output } = await guard('--environment', 'staging');
    expect(code).toBe(1);
    expect(output).toContain(
      'users: traffic goes to staging-users-blue=100, but the PRIMARY task set is behind staging-users-green',
    );
  });

  it('refuses during a deployment', async () => {
    live = { primary: 'blue', weights: { blue: 90, green: 10 }, underWay: true };
    const { code, output } = await guard('--environment', 'staging');
    expect(code).toBe(1);
    expect(output).toContain('a deployment is under way (ACTIVE on staging-users-green)');
  });

  it('names the environments when the one asked for is not declared', async () => {
    const { code, output } = await guard('--environment', 'qa');
    expect(code).toBe(2);
    expect(output).toContain('--environment qa: pika.yml declares staging, production');
  });
});

describe('the templates that are deployed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-released-'));
  const [assembly, released] = [join(folder, 'cdk.out'), join(folder, 'released')];
  const folders = ['--released', released, '--assembly', assembly];
  const database = (DBInstanceIdentifier: string) => ({
    Resources: { Instance: { Type: 'AWS::RDS::DBInstance', Properties: { DBInstanceIdentifier } } },
  });
  const stack = (region: string) => ({
    type: 'aws:cloudformation:stack',
    environment: `aws://unknown-account/${region}`,
  });

  beforeAll(() => {
    mkdirSync(assembly);
    const artifacts = {
      'pika-staging-data': stack('us-east-1'),
      'pika-staging-dr': stack('us-west-2'),
      'pika-staging-platform': stack('us-east-1'),
      'pika-staging-services': stack('us-east-1'),
      'pika-production-data': stack('us-east-1'),
    };
    writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ version: '1', artifacts }));
    writeFileSync(join(assembly, 'pika-staging-data.template.json'), JSON.stringify(database('other')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => {
    live = { primary: 'blue', weights: { blue: 100, green: 0 } };
  });

  it('are saved as CloudFormation keeps them, those of this environment only', async () => {
    live = {
      ...live,
      deployed: { 'pika-staging-data': database('a'), 'pika-production-data': database('b') },
    };
    const { code, output } = await run('checks/released', '--environment', 'staging', ...folders);
    expect([code, output]).toEqual([
      0,
      `staging: 1 of 4 stacks are deployed; their templates are in ${released}.\n`,
    ]);
    expect(readdirSync(released)).toEqual(['pika-staging-data.template.json']);
  });

  it('are what the guard compares with', async () => {
    const { code, output } = await guard('--environment', 'staging', ...folders);
    expect(code).toBe(3);
    expect(output).toContain(
      'pika-staging-data/Instance (AWS::RDS::DBInstance): will replace, by DBInstanceIdentifier',
    );
  });

  it('stay as they are when CloudFormation refuses', async () => {
    live = { ...live, deployed: { 'pika-staging-data': 'denied' } };
    const { code, output } = await run('checks/released', '--environment', 'staging', ...folders);
    expect(code).toBe(1);
    expect(output).toContain('the deployed templates cannot be read: AccessDenied');
    expect(readdirSync(released)).toEqual(['pika-staging-data.template.json']);
  });

  it('are saved and compared before stacks are deployed: all, all but two, or none', async () => {
    const plan = () => run('deploy/stacks', '--environment', 'staging', '--dry-run', ...folders);
    const deployed = { 'pika-staging-data': database('other') };
    const all = ['data', 'dr', 'platform', 'services'].map((name) => `pika-staging-${name}`);
    live = { ...live, deployed };
    expect(await plan()).toMatchObject({
      code: 0,
      output: expect.stringContaining(`never --concurrency 3 ${all.join(' ')}\n`),
    });
    live = { primary: 'green', weights: { blue: 0, green: 100 }, deployed };
    const frozen = await plan();
    expect([frozen.code, frozen.output]).toEqual([
      0,
      expect.stringContaining('3 pika-staging-data pika-staging-dr\n'),
    ]);
    expect(frozen.output).toContain(
      'Two stacks were left out: pika-staging-platform and pika-staging-services must not change now',
    );
    expect(frozen.output).toContain('users: green is live');
    live = { ...live, deployed: { 'pika-staging-data': database('a') } };
    const lost = await plan();
    expect([lost.code, lost.output]).toEqual([
      3,
      expect.stringContaining('Instance (AWS::RDS::DBInstance): will replace'),
    ]);
    expect(lost.output).not.toContain('cdk deploy');
    live = { ...live, deployed: { 'pika-staging-data': 'denied' } };
    expect(await plan()).toEqual({
      code: 1,
      output: expect.stringMatching(/^the stacks were not deployed: AccessDenied/),
    });
  });

  it('are forgotten when the stack is gone, as asleep', async () => {
    expect(await run('checks/released', '--environment', 'staging', ...folders)).toMatchObject({ code: 0 });
    expect(readdirSync(released)).toEqual([]);
    expect(await guard('--environment', 'staging', ...folders)).toMatchObject({ code: 0 });
  });

  it('cannot be had without an assembly', async () => {
    const { code, output } = await run(
      'checks/released',
      '--environment',
      'staging',
      '--assembly',
      '/nowhere',
    );
    expect(code).toBe(2);
    expect(output).toContain('--assembly /nowhere: is no cloud assembly; run npm run synth');
  });
});
