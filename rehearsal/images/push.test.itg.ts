import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { createClients, present } from '../environment/clients.ts';
import { type ImageContents, packImage } from './image.ts';
import { pushImage } from './push.ts';

let aws: EmbeddedAws;
let folder: string;

beforeAll(async () => {
  aws = await startAws();
  folder = mkdtempSync(join(tmpdir(), 'pika-image-'));
  writeFileSync(join(folder, 'server.js'), 'console.log(1)');
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

const contents = (more: Partial<ImageContents> = {}): ImageContents => ({
  folders: { [folder]: '/app' },
  workingDirectory: '/app',
  command: ['node', 'server.js'],
  environment: { VERSION: '1' },
  architecture: 'arm64',
  ...more,
});

describe('an image packed here', () => {
  it('has the same digest whenever it is packed, and another one with other contents', async () => {
    const [one, two] = [await packImage(contents()), await packImage(contents())];
    expect(one.manifest.digest).toBe(two.manifest.digest);
    const other = await packImage(contents({ environment: { VERSION: '2' } }));
    expect(other.manifest.digest).not.toBe(one.manifest.digest);
    expect(other.layers[0]?.digest).toBe(one.layers[0]?.digest);
  });

  it('is found in ECR by the digest that pushing it answers', async () => {
    const { ecr } = createClients(aws.env);
    const { repository } = await ecr.createRepository({ repositoryName: 'pika/test' });
    const { authorizationData } = await ecr.getAuthorizationToken({});
    const uri = present(repository?.repositoryUri, 'repositoryUri');
    const digest = await pushImage(await packImage(contents()), {
      registry: `http://${uri.slice(0, uri.indexOf('/'))}`,
      repository: uri.slice(uri.indexOf('/') + 1),
      tag: 'v1',
      authorization: `Basic ${authorizationData?.[0]?.authorizationToken}`,
    });
    const { imageDetails } = await ecr.describeImages({
      repositoryName: 'pika/test',
      imageIds: [{ imageDigest: digest }],
    });
    expect(imageDetails?.[0]).toMatchObject({ imageDigest: digest, imageTags: ['v1'] });
  });

  it('is refused without authorization, in the registry’s words', async () => {
    const { repositories } = await createClients(aws.env).ecr.describeRepositories({});
    const uri = present(repositories?.[0]?.repositoryUri, 'repositoryUri');
    const pushed = pushImage(await packImage(contents()), {
      registry: `http://${uri.slice(0, uri.indexOf('/'))}`,
      repository: 'pika/test',
      tag: 'v2',
      authorization: 'Basic eDp5',
    });
    await expect(pushed).rejects.toThrow(/answered 401/);
  });
});
