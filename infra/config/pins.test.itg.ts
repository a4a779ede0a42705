import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInfra } from '../deploy/test/command.ts';
import { pinsOf, readPins } from './pins.ts';

let server: Server;
let architecture = 'arm64';
let folder: string;
let file: string;

/** AWS as the command asks it: SSM's public parameter, EC2's image and prefix list. */
function answer(target: string | undefined, action: string | null): string {
  if (target?.endsWith('GetParameter'))
    return JSON.stringify({ Parameter: { Value: 'ami-0123456789abcdef0' } });
  if (action === 'DescribeImages') {
    return `<DescribeImagesResponse><imagesSet><item><imageId>ami-0123456789abcdef0</imageId><name>al2023-ami-2023.9-kernel-6.1-arm64</name><architecture>${architecture}</architecture><imageOwnerAlias>amazon</imageOwnerAlias></item></imagesSet></DescribeImagesResponse>`;
  }
  return '<DescribeManagedPrefixListsResponse><prefixListSet><item><prefixListId>pl-0a1b2c3d</prefixListId></item></prefixListSet></DescribeManagedPrefixListsResponse>';
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pika-pins-'));
  file = join(folder, 'pins.json');
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const target = request.headers['x-amz-target'];
    response.writeHead(200, { 'content-type': target ? 'application/x-amz-json-1.1' : 'text/xml' });
    response.end(answer(String(target ?? ''), new URLSearchParams(body).get('Action')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const pins = (...args: string[]) =>
  runInfra('config/resolve-pins', ['--file', file, ...args], {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  });

beforeEach(() => {
  architecture = 'arm64';
  writeFileSync(
    file,
    JSON.stringify({ 'eu-west-1': { natImage: 'ami-00000000', cloudFrontPrefixList: 'pl-00000000' } }),
  );
});

it('writes what AWS says of the manifest’s regions, and leaves the others', async () => {
  const { code, output } = await pins();
  expect([code, output]).toEqual([
    0,
    expect.stringContaining('us-east-1 natImage: none → ami-0123456789abcdef0'),
  ]);
  expect(readPins(file)).toEqual({
    'eu-west-1': { natImage: 'ami-00000000', cloudFrontPrefixList: 'pl-00000000' },
    'us-east-1': { natImage: 'ami-0123456789abcdef0', cloudFrontPrefixList: 'pl-0a1b2c3d' },
  });
});

it('refuses an image that the instance cannot run, and changes nothing', async () => {
  architecture = 'x86_64';
  const before = readFileSync(file, 'utf8');
  const { code, output } = await pins();
  expect([code, output]).toEqual([
    1,
    expect.stringContaining("x86_64, of amazon; it must be Amazon's, for arm64"),
  ]);
  expect(readFileSync(file, 'utf8')).toBe(before);
});

it('has the pins of every region of the configuration', () => {
  expect(pinsOf('us-east-1').natImage).toMatch(/^ami-/);
  expect(pinsOf('mars-north-1').natImage).toBe('run npm run pins -- --region mars-north-1');
});
