import { IAM } from '@aws-sdk/client-iam';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { keyValueClient, openGate } from '../../rehearsal/aws/cloudfront/test/gate.ts';
import { openShop, type Shop } from '../../rehearsal/aws/cloudfront/test/shop.ts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { type Job, startJob } from './test/job.ts';

let aws: EmbeddedAws;
let shop: Shop;
let gate: { url: string; store: string };

beforeAll(async () => {
  aws = await startAws({ timeScale: 20, enforceIam: true });
  shop = await openShop(aws, 'green', 9000);
  gate = await openGate(aws, shop, 'test-staging.pika.example');
  const ssm = new SSM(clientOptions(aws));
  const path = '/pika/staging/test-access';
  await ssm.putParameter({ Name: `${path}/url`, Value: gate.url, Type: 'String' });
  await ssm.putParameter({ Name: `${path}/key-value-store`, Value: gate.store, Type: 'String' });
});
afterAll(async () => {
  shop.stop();
  await aws.stop();
});
beforeEach(() => {
  shop.answer = (seen, response) => response.end(JSON.stringify(seen));
});
const { now } = Date;
afterEach(() => {
  Date.now = now;
});

const inputs = {
  environment: 'staging',
  endpoints: JSON.stringify({ users: 'http://10.0.11.7:9001', search: 'http://10.0.11.7:9002' }),
};
const job = (given: Record<string, string> = {}, env: Record<string, string> = {}) =>
  startJob({ ...aws.env, ...env }, { ...inputs, ...given });

async function keys(): Promise<Record<string, string>> {
  const { Items = [] } = await keyValueClient(aws).listKeys({ KvsARN: gate.store, MaxResults: 50 });
  return Object.fromEntries(Items.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** What a smoke test gets that is given the action's outputs. */
async function askGreen(opened: Job, service = 'users'): Promise<number> {
  const { endpoints = '{}', header = '' } = opened.outputs();
  const [name = '', token = ''] = header.split(': ');
  const urls = JSON.parse(endpoints) as Record<string, string>;
  return (await fetch(`${urls[service]}/health`, { headers: { [name]: token } })).status;
}

test('opens the way for the steps that follow, and closes it after the job', async () => {
  const opened = job();
  const main = await opened.main();
  expect(main).toMatchObject({
    code: 0,
    log: expect.stringContaining('The way to green is open: users, search'),
  });
  expect(JSON.parse(opened.outputs().endpoints ?? '')).toEqual({
    users: `${gate.url}/users`,
    search: `${gate.url}/search`,
  });
  expect([await askGreen(opened), await askGreen(opened, 'search')]).toEqual([200, 200]);
  expect((await fetch(`${gate.url}/users/health`)).status).toBe(403);
  const token = opened.outputs().header?.replace('x-pika-test-token: ', '') ?? '';
  expect(main.log.split('\n').filter((line) => line.includes(token))).toEqual([`::add-mask::${token}`]);
  expect(Object.values(opened.state())).not.toContain(token);
  expect(opened.summary()).toMatch(/for this job, until \d\d:\d\d:\d\d UTC at the latest/);
  expect(await opened.post()).toMatchObject({
    code: 0,
    log: expect.stringContaining('The way to green is closed.'),
  });
  expect(await keys()).toEqual({});
  await aws.kernel.clock.sleep(3_000);
  expect(await askGreen(opened)).toBe(403);
});

test('jobs that open it in the same moment do not stand in each other’s way', async () => {
  const jobs = [job(), job(), job()];
  const ended = await Promise.all(jobs.map((one) => one.main()));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(Object.keys(await keys())).toHaveLength(3);
  await Promise.all(jobs.map((one) => one.post()));
  expect(await keys()).toEqual({});
});

/** A name that no distribution has: it is never admitted there. */
const nowhere = async () => ({ url: await aws.edgeUrl('nowhere.pika.example') });
/** Resolves when the token is put and the job waits to be admitted. */
async function waiting(opened: Job): Promise<void> {
  while (!opened.outputs().header || Object.keys(await keys()).length === 0)
    await aws.kernel.clock.sleep(1_000);
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a job that is cancelled by %s half-way leaves nothing open',
  async (name) => {
    const opened = job(await nowhere());
    const main = await opened.main({ when: waiting(opened), name });
    expect(main).toMatchObject({ code: 1, log: expect.stringContaining(`cancelled by ${name}`) });
    expect((await opened.post()).code).toBe(0);
    expect(await keys()).toEqual({});
  },
);

test('a job that is killed is closed by what comes after it; should nothing come, its token ends by itself', async () => {
  const opened = job({ ...(await nowhere()), lifetime: '10m' });
  expect((await opened.main({ when: waiting(opened), name: 'SIGKILL' })).code).toBeNull();
  const [[key = '', ends = ''] = []] = Object.entries(await keys());
  expect(Number(ends) - Date.now() / 1000).toBeGreaterThan(500);
  expect(Number(ends) - Date.now() / 1000).toBeLessThanOrEqual(601);
  await aws.kernel.clock.sleep(3_000);
  const token = opened.outputs().header?.replace('x-pika-test-token: ', '') ?? '';
  const ask = async () =>
    (await fetch(`${gate.url}/users/health`, { headers: { 'x-pika-test-token': token } })).status;
  expect(await ask()).toBe(200);
  Date.now = () => Number(ends) * 1000 + 1;
  expect(await ask()).toBe(403);
  Date.now = now;
  expect((await opened.post()).code).toBe(0);
  expect(await keys()).not.toHaveProperty(key);
});

test('nothing is closed that was not opened', async () => {
  const never = job({ endpoints: 'x' });
  expect((await never.main()).code).toBe(1);
  expect(await never.post()).toEqual({ code: 0, log: '' });
});

test('every wrong input is named, with its value', async () => {
  const wrong = job({
    environment: 'Staging',
    endpoints: '{"users":"10.0.0.1"}',
    url: 'green',
    lifetime: '1d',
  });
  const { code, log } = await wrong.main();
  expect(code).toBe(1);
  expect(log).toContain(
    'input environment: "Staging": must be a name of lower-case letters, digits and hyphens',
  );
  expect(log).toContain('at users: must be an http or https URL');
  expect(log).toContain('input url: "green": must be an http or https URL');
  expect(log).toContain('input lifetime: "1d": must be a duration such as 90s, 30m or 2h');
});

test('an environment without a test distribution says what makes one', async () => {
  const { code, log } = await job({ environment: 'elsewhere' }).main();
  expect(code).toBe(1);
  for (const name of ['url', 'key-value-store']) {
    expect(log).toContain(
      `parameter /pika/elsewhere/test-access/${name}: does not exist. The edge stack of the environment makes it`,
    );
  }
});

describe('a role', () => {
  const session = async (RoleName: string, actions: readonly string[]) => {
    const iam = new IAM(clientOptions(aws));
    const principal = { AWS: '*' };
    const { Role } = await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
      }),
    });
    const statement = (Action: readonly string[], Resource: string) => ({
      Effect: 'Allow',
      Action,
      Resource,
    });
    await iam.putRolePolicy({
      RoleName,
      PolicyName: 'test-access',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          statement(
            ['ssm:GetParameters'],
            'arn:aws:ssm:us-east-1:123456789012:parameter/pika/staging/test-access/*',
          ),
          statement(actions, gate.store),
        ],
      }),
    });
    const { Credentials } = await new STS(clientOptions(aws)).assumeRole({
      RoleArn: Role?.Arn,
      RoleSessionName: 'run-1',
    });
    return {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    };
  };
  const all = ['DescribeKeyValueStore', 'PutKey', 'DeleteKey'].map(
    (name) => `cloudfront-keyvaluestore:${name}`,
  );

  test('needs the three permissions that the edge stack gives it, and no other', async () => {
    const opened = job({}, await session('may', all));
    expect((await opened.main()).code).toBe(0);
    expect((await opened.post()).log).toContain('The way to green is closed.');
  });

  test('that may not put a token is told what to allow', async () => {
    const { code, log } = await job({}, await session('may-not', all.slice(0, 1))).main();
    expect(code).toBe(1);
    expect(log).toContain(`Allow cloudfront-keyvaluestore:PutKey on ${gate.store}`);
  });

  test('that may not take it back leaves it to its end, and the job as it was', async () => {
    const opened = job({}, await session('may-half', all.slice(0, 2)));
    expect((await opened.main()).code).toBe(0);
    const { code, log } = await opened.post();
    expect(code).toBe(0);
    expect(log).toMatch(/^::warning::The token could not be taken back; it ends by itself at \d{4}-/m);
    const [Key = ''] = Object.keys(await keys());
    const { ETag } = await keyValueClient(aws).describeKeyValueStore({ KvsARN: gate.store });
    await keyValueClient(aws).deleteKey({ KvsARN: gate.store, Key, IfMatch: ETag });
  });
});
