import { createHash } from 'node:crypto';
import { type EmbeddedAws, startAws } from '../server.ts';
import { keyValueClient, openGate } from './test/gate.ts';
import { openShop, type Shop } from './test/shop.ts';

let aws: EmbeddedAws;
let shop: Shop;

beforeAll(async () => {
  aws = await startAws({ timeScale: 50 });
  shop = await openShop(aws, 'shop', 8000);
});
afterAll(async () => {
  shop.stop();
  await aws.stop();
});
beforeEach(() => {
  shop.seen.length = 0;
});

describe('the gate before green', () => {
  let gateUrl: string;
  let store: string;
  const hash = (token: string) => createHash('sha256').update(token).digest('hex');
  const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1_000) + seconds);
  const ask = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { 'x-pika-test-token': token };
    return fetch(`${gateUrl}${path}`, { headers });
  };
  const put = async (Key: string, Value: string) => {
    const { ETag } = await keyValueClient(aws).describeKeyValueStore({ KvsARN: store });
    await keyValueClient(aws).putKey({ KvsARN: store, Key, Value, IfMatch: ETag });
    // Functions see it some seconds later.
    await aws.kernel.clock.sleep(3_000);
  };

  beforeAll(async () => {
    ({ url: gateUrl, store } = await openGate(aws, shop, 'test.shop.example'));
  });

  test('lets nobody through without a token, with a wrong one, or with one that has ended', async () => {
    await put(hash('ended'), inSeconds(-1));
    for (const token of [undefined, 'guess', 'ended']) {
      const refused = await ask('/users/health', token);
      expect([refused.status, refused.headers.get('x-cache')]).toEqual([
        403,
        'FunctionGeneratedResponse from cloudfront',
      ]);
    }
    expect(shop.seen).toEqual([]);
  });

  test('lets a token of now through to the service, without its prefix and without the token', async () => {
    await put(hash('good'), inSeconds(60));
    const admitted = await ask('/users/api/users/7?a=b', 'good');
    expect(admitted.status).toBe(200);
    expect(shop.seen.at(-1)).toMatchObject({ url: '/api/users/7?a=b' });
    expect(shop.seen.at(-1)?.headers).not.toHaveProperty('x-pika-test-token');
    expect(shop.seen.at(-1)?.headers.host).toBe(`${shop.dnsName}:8000`);
  });

  test('a token that is taken back is refused some seconds later', async () => {
    await put(hash('short'), inSeconds(60));
    expect((await ask('/users/', 'short')).status).toBe(200);
    const { ETag } = await keyValueClient(aws).describeKeyValueStore({ KvsARN: store });
    await keyValueClient(aws).deleteKey({ KvsARN: store, Key: hash('short'), IfMatch: ETag });
    await aws.kernel.clock.sleep(3_000);
    expect((await ask('/users/', 'short')).status).toBe(403);
  });

  test('its store refuses who does not know the newest version', async () => {
    const { ETag } = await keyValueClient(aws).describeKeyValueStore({ KvsARN: store });
    await put('one', '1');
    await expect(
      keyValueClient(aws).putKey({ KvsARN: store, Key: 'two', Value: '2', IfMatch: ETag }),
    ).rejects.toMatchObject({ name: 'ConflictException' });
    expect(await keyValueClient(aws).getKey({ KvsARN: store, Key: 'one' })).toMatchObject({ Value: '1' });
    await expect(keyValueClient(aws).getKey({ KvsARN: store, Key: 'two' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const { Items } = await keyValueClient(aws).listKeys({ KvsARN: store, MaxResults: 50 });
    expect(Items).toContainEqual({ Key: 'one', Value: '1' });
  });
});
