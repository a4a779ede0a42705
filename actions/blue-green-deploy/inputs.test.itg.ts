import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blueGreenDeploy, errorsOf } from './test/action.ts';

const IMAGE = `123456789012.dkr.ecr.us-east-1.amazonaws.com/pika/users@sha256:${'a'.repeat(64)}`;
const ONE = { cluster: 'c', service: 's', application: 'a', 'deployment-group': 'g', image: IMAGE };

let temporary = '';
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'pika-inputs-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** No AWS is there: whoever calls it before the inputs are right, fails otherwise. */
async function errors(inputs: Record<string, string>): Promise<string[]> {
  const result = await blueGreenDeploy({
    inputs,
    temporary,
    environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
  });
  expect(result.outcome).toBe('failure');
  return errorsOf(result).slice(0, -1).length > 0 ? errorsOf(result).slice(0, -1) : errorsOf(result);
}

test('an image without a digest', async () => {
  expect(await errors({ ...ONE, image: 'repo/users:latest' })).toEqual([
    'input image: "repo/users:latest" has no digest. It must be REPOSITORY@sha256:DIGEST, so that what was tested is what runs',
  ]);
});

test('all that is wrong with images at once', async () => {
  const images = JSON.stringify({ users: 'repo/users:1', serch: IMAGE });
  expect(await errors({ environment: 'production', images })).toEqual([
    'input images at serch: is no service of the manifest. It declares: api-gateway, auth, users, listings, search, orders, notifications',
    'input images at users: "repo/users:1" has no digest. It must be REPOSITORY@sha256:DIGEST, so that what was tested is what runs',
  ]);
});

test('an environment that is not declared', async () => {
  expect(await errors({ environment: 'prod', images: JSON.stringify({ users: IMAGE }) })).toEqual([
    'input environment: "prod" is not declared in the manifest. It declares: staging, production',
  ]);
});

test('images that are not JSON, a phase and a duration that are none', async () => {
  const found = await errors({ images: '{users', phase: 'deploy', bake: '5' });
  expect(found).toEqual([
    'input phase: "deploy": must be one of prepare, commit, finish, rollback, release',
    expect.stringMatching(/^input images: "\{users": is not JSON: /),
    'input bake: "5": must be a duration such as 90s, 30m or 2h',
  ]);
});

test('a manifest with an unknown key and a service twice', async () => {
  const unknown = join(temporary, 'unknown.yml');
  writeFileSync(
    unknown,
    'version: 1\nproduct: pika\nbudget: { monthly: 1, daily: 2 }\nenvironments: {}\nservices: {}\n',
  );
  const inputs = { environment: 'production', images: JSON.stringify({ users: IMAGE }) };
  expect(await errors({ ...inputs, manifest: unknown })).toEqual([
    `manifest ${unknown}:3:30: budget.daily is not a key that is known here`,
  ]);
  const twice = join(temporary, 'twice.yml');
  writeFileSync(twice, 'version: 1\nproduct: pika\nservices:\n  users: {}\n  users: {}\n');
  expect(await errors({ ...inputs, manifest: twice })).toEqual([
    `manifest ${twice}:5:3: (yaml) the key "users" is there twice`,
  ]);
});

test('a manifest that is not there', async () => {
  expect(
    await errors({ environment: 'production', images: '{"users":"x"}', manifest: 'nowhere.yml' }),
  ).toEqual([
    'input manifest: there is no file nowhere.yml. Check out the repository first, or give the path of the manifest',
  ]);
});

test.each([
  ['{"version"', /^input release: "\{\\"version\\"" is not JSON: .*Give it the output release/],
  ['{"version":2}', /has version 2; this action reads version 1\. Give it/],
  ['{"version":1}', /at id: .*; at plan: .*; at services: /],
])('a malformed release %s', async (release, message) => {
  expect(await errors({ phase: 'commit', release })).toEqual([expect.stringMatching(message)]);
});

test('a phase that needs a release without one', async () => {
  expect(await errors({ phase: 'finish' })).toEqual([
    'input release: is required for phase finish and was not given. Give it the output release of the step that prepared: steps.ID.outputs.release',
  ]);
});

test('one service and many at once; one service with half of its names', async () => {
  expect(await errors({ ...ONE, environment: 'production' })).toEqual([
    'input cluster: names one service, while manifest, environment or images name many. Give either cluster, service, image, application and deployment-group, or environment and images',
  ]);
  expect(await errors({ cluster: 'c', service: 's', image: IMAGE })).toEqual([
    'input application: is required and was not given. One service needs cluster, service, image, application and deployment-group',
    'input deployment-group: is required and was not given. One service needs cluster, service, image, application and deployment-group',
  ]);
});
