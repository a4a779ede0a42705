import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormation, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { runInfra } from '../deploy/test/command.ts';

type Resources = Readonly<Record<string, object>>;
type Stacks = Readonly<Record<string, Resources>>;

const REGIONS: Readonly<Record<string, string>> = { dr: 'us-west-2' };
const regionOf = (stack: string) => REGIONS[stack] ?? 'us-east-1';

const parameter = (Name: string, Value: string, Description = 'of a test') => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name, Type: 'String', Value, Description },
});
const bucket = (BucketName: string) => ({ Type: 'AWS::S3::Bucket', Properties: { BucketName } });
const network = { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } } };
const platform = (HealthCheckPath: string): Resources => ({
  ...network,
  Blue: {
    Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    Properties: {
      ...{ Name: 'production-users-blue', Port: 80, Protocol: 'HTTP', TargetType: 'ip', HealthCheckPath },
      VpcId: { Ref: 'Vpc' },
    },
  },
});

/** As they are deployed. CloudFormation gives back `?` for what is not ASCII, and here it is written so. */
const DEPLOYED: Stacks = {
  network: {
    Url: parameter('/url', 'one', 'where users are ? the site'),
    Old: parameter('/old', 'one'),
    Renamed: parameter('/before', 'one'),
  },
  data: { Uploads: bucket('uploads') },
  dr: { Copies: bucket('copies') },
  platform: platform('/health'),
};
/** The same, as the app draws them. */
const SAME: Stacks = {
  ...DEPLOYED,
  network: { ...DEPLOYED.network, Url: parameter('/url', 'one', 'where users are – the site') },
};

let aws: EmbeddedAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pika-changes-'));
  aws = await startAws({ timeScale: 600, enforceIam: true });
  await Promise.all(
    Object.entries(DEPLOYED).map(async ([stack, resources]) => {
      const client = new CloudFormation({ ...clientOptions(aws), region: regionOf(stack) });
      const StackName = `pika-production-${stack}`;
      await client.createStack({ StackName, TemplateBody: JSON.stringify({ Resources: resources }) });
      await waitUntilStackCreateComplete(
        { client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.05 },
        { StackName },
      );
    }),
  );
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A cloud assembly with these stacks of production, and one of staging. */
function assemblyOf(stacks: Stacks): string {
  const assembly = mkdtempSync(join(folder, 'cdk.out-'));
  const artifact = (region: string) => ({
    type: 'aws:cloudformation:stack',
    environment: `aws://unknown-account/${region}`,
  });
  const artifacts: Record<string, object> = { 'pika-staging-network': artifact('us-east-1') };
  for (const [stack, resources] of Object.entries(stacks)) {
    const name = `pika-production-${stack}`;
    artifacts[name] = artifact(regionOf(stack));
    writeFileSync(join(assembly, `${name}.template.json`), JSON.stringify({ Resources: resources }));
  }
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ version: '1', artifacts }));
  return assembly;
}

/** The command as a step of a workflow runs it, with the outputs that it sets. */
async function changes(stacks: Stacks, env: Readonly<Record<string, string>> = aws.env) {
  const file = join(mkdtempSync(join(folder, 'output-')), 'output');
  writeFileSync(file, '');
  const args = ['--environment', 'production', '--assembly', assemblyOf(stacks)];
  const { code, output } = await runInfra('checks/changes', args, { ...env, GITHUB_OUTPUT: file });
  const outputs = Object.fromEntries(
    [...readFileSync(file, 'utf8').matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)].map(
      ([, name = '', , value = '']) => [name, value],
    ),
  );
  return { code, output, sentence: outputs.sentence ?? '', details: outputs.details ?? '' };
}

it('says that nothing changes, also of what is not ASCII and of another region', async () => {
  const { code, sentence, details } = await changes(SAME);
  expect([code, sentence, details]).toEqual([0, 'no stack changes', '']);
});

it('names what is replaced and removed, counts the rest, and says which stack is new', async () => {
  const { code, sentence, details } = await changes({
    ...SAME,
    network: {
      Url: parameter('/url', 'two', 'where users are – the site'),
      Renamed: parameter('/after', 'one'),
      New: parameter('/new', 'one'),
    },
    ops: { Alarm: parameter('/alarm', 'one') },
  });
  expect([code, sentence]).toEqual([
    0,
    '**2 of 5 change**: 1 **replaced**, 1 **removed**, 1 changed, 2 added',
  ]);
  expect(details.split('\n')).toEqual([
    '**Replaced or removed by the stacks:**',
    '',
    '- **replaced**: `Renamed` (`AWS::SSM::Parameter`), by `Name`, in `pika-production-network`',
    '- **removed**: `Old` (`AWS::SSM::Parameter`), in `pika-production-network`',
    '',
    '<details><summary>What changes in the stacks</summary>',
    '',
    '- `pika-production-network`: 1 **replaced**, 1 **removed**, 1 changed, 1 added',
    '  - **replaced**: `Renamed` (`AWS::SSM::Parameter`), by `Name`',
    '  - **removed**: `Old` (`AWS::SSM::Parameter`)',
    '  - changed: `Url` (`AWS::SSM::Parameter`), by `Value`',
    '- `pika-production-ops` (new): 1 added',
    '',
    '</details>',
  ]);
});

it('is what the approver sees, as release.yml hands it over', async () => {
  const { sentence, details } = await changes({ ...SAME, network: {} });
  const { code, output } = await runInfra('../scripts/approval', [], {
    ...{ INFRASTRUCTURE: 'true', STACKS: sentence, STACK_CHANGES: details },
  });
  expect(code).toBe(0);
  expect(output).toContain('\n| stacks | **1 of 4 change**: 3 **removed** |\n');
  expect(output).toMatch(/\n- \*\*removed\*\*: `Old` .*\n[\s\S]*\n<\/details>\n\n- \*\*Who decides/);
});

it('says that a deploy would be refused, since data would be lost', async () => {
  const { code, sentence, details } = await changes({ ...SAME, dr: { Copies: bucket('others') } });
  expect([code, sentence]).toEqual([
    0,
    '**1 of 4 change**: 1 **replaced**; **none would be deployed, and production would stop there**: data would be lost',
  ]);
  expect(details).toContain('`pika-production-dr/Copies (AWS::S3::Bucket): will replace, by BucketName`');
});

it('says which stack would be left out', async () => {
  const { sentence, details } = await changes({ ...SAME, platform: platform('/alive') });
  expect(sentence).toBe(
    '**1 of 4 change**: 1 changed; `pika-production-platform` must not change now and **would be left out**',
  );
  expect(details).toContain('Blue (AWS::ElasticLoadBalancingV2::TargetGroup): is frozen after creation');
});

it('says of a first release that all is new', async () => {
  const { sentence, details } = await changes({
    edge: { Site: bucket('site') },
    ops: { A: parameter('/a', '1') },
  });
  expect(sentence).toBe('**2 of 2 change**: all new, 2 added');
  expect(details).not.toContain('Replaced');
});

describe('what cannot be read', () => {
  /** Signed in as a role that may read one stack only, and nothing that is live. */
  async function signIn(stack: string): Promise<Record<string, string>> {
    const iam = new IAM(clientOptions(aws));
    const statement = (more: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
    const RoleName = `reads-${stack}`;
    const { Role } = await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: statement({ Action: 'sts:AssumeRole', Principal: { AWS: '*' } }),
    });
    await iam.putRolePolicy({
      RoleName,
      PolicyName: 'one',
      PolicyDocument: statement({
        Action: 'cloudformation:GetTemplate',
        Resource: `arn:aws:cloudformation:*:*:stack/pika-production-${stack}/*`,
      }),
    });
    const { Credentials } = await new STS(clientOptions(aws)).assumeRole({
      ...{ RoleArn: Role?.Arn, RoleSessionName: 'test' },
    });
    return {
      ...aws.env,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    };
  }

  it('is said of each stack, with what is known of the others', async () => {
    const changed = { ...SAME, network: { ...SAME.network, New: parameter('/new', 'one') } };
    const { code, sentence, details, output } = await changes(changed, await signIn('network'));
    expect(code).toBe(0);
    expect(sentence).toMatch(
      /^\*\*not known of 3 of 4\*\*, which could not be read \(`AccessDenied: [^`]*`\); of the others: \*\*1 of 4 change\*\*: 1 added; whether they may change now \*\*is not known\*\* \(`AccessDenied/,
    );
    expect(details).toMatch(/^- `pika-production-dr`: not read, `AccessDenied: /m);
    expect(output).toContain('Not all of the stacks could be read');
  });

  it('is never called no change', async () => {
    const nowhere = { ...aws.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
    const { code, sentence } = await changes(SAME, nowhere);
    expect([code, sentence]).toEqual([
      0,
      expect.stringMatching(/^\*\*not known of 4 of 4\*\*, which could not/),
    ]);
    expect(sentence).not.toMatch(/no stack|of the others/);
  });
});

it.each([
  [['--environment', 'qa'], '--environment qa: pika.yml declares staging, production'],
  [['--environment', 'staging', '--assembly', '/nowhere'], '--assembly /nowhere: is no cloud assembly'],
])('refuses %j', async (args, message) => {
  const { code, output } = await runInfra('checks/changes', args, aws.env);
  expect([code, output]).toEqual([2, expect.stringContaining(message)]);
});
