import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentOfStack, SHARED } from '../environments.ts';
import { readStacks } from './assembly.ts';
import { catalogue } from './catalogue.ts';

const target = { region: 'eu-west-1', account: '' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assembly-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Record<string, unknown>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const bucket = (tags: Record<string, string> = {}) => ({
  Resources: {
    B: {
      Type: 'AWS::S3::Bucket',
      Properties: { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    },
  },
});
const stack = (templateFile: string, rest: object = {}) => ({
  type: 'aws:cloudformation:stack',
  environment: 'aws://111122223333/us-east-1',
  properties: { templateFile },
  ...rest,
});

describe('a cloud assembly', () => {
  it('with stages, says region, account, stage and tags of each stack', () => {
    write({
      'manifest.json': {
        artifacts: {
          'assembly-Production': {
            type: 'cdk:cloud-assembly',
            properties: { directoryName: 'assembly-Production' },
          },
          account: stack('account.template.json', { environment: 'aws://unknown-account/unknown-region' }),
          Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
        },
      },
      'account.template.json': bucket(),
      'assembly-Production/manifest.json': {
        artifacts: {
          web: stack('web.template.json', {
            properties: { templateFile: 'web.template.json', stackName: 'web', tags: { team: 'a' } },
          }),
        },
      },
      'assembly-Production/web.template.json': bucket(),
    });
    expect(readStacks(folder, target)).toMatchObject([
      {
        name: 'web',
        region: 'us-east-1',
        account: '111122223333',
        stage: 'Production',
        tags: { team: 'a' },
        file: 'assembly-Production/web.template.json',
      },
      { name: 'account', region: 'eu-west-1', account: '' },
    ]);
  });

  it('names the line of the construct, in a file of the working directory', () => {
    const frames = [
      '...new Bucket2 in aws-cdk-lib...',
      `new Storage (file://${process.cwd()}/infra/storage.ts:12:5)`,
      `file://${process.cwd()}/infra/app.ts:3 (:)`,
    ];
    write({
      'manifest.json': {
        artifacts: { web: stack('web.template.json', { additionalMetadataFile: 'web.metadata.json' }) },
      },
      'web.metadata.json': {
        '/web/B': [
          { type: 'aws:cdk:logicalId', data: 'B' },
          { type: 'aws:cdk:creationStack', data: frames },
        ],
        '/web/Elsewhere': [
          { type: 'aws:cdk:logicalId', data: 'C', trace: ['new X (/somewhere/else.js:1:1)'] },
        ],
      },
      'web.template.json': bucket(),
    });
    expect(readStacks(folder, target)[0]?.sources).toEqual({ B: 'infra/storage.ts:12' });
  });

  it('resolves outputs of other stacks that are referred to weakly', () => {
    const reference = { 'Fn::GetStackOutput': { StackName: 'net', Region: 'us-east-1', OutputName: 'Out' } };
    write({
      'manifest.json': { artifacts: { app: stack('app.json'), net: stack('net.json') } },
      'app.json': { Resources: { R: { Type: 'T', Properties: { V: reference } } } },
      'net.json': {
        Resources: { S: { Type: 'AWS::EC2::Subnet' } },
        Outputs: { Out: { Value: { Ref: 'S' } } },
      },
    });
    const found = catalogue(readStacks(folder, target));
    expect(found.target(found.ofType('T')[0]?.properties.V)?.id).toBe('net/S');
  });

  it('reads nested stacks from beside it, and says which is missing', () => {
    const nested = (path: string) => ({
      Resources: {
        N: {
          Type: 'AWS::CloudFormation::Stack',
          Metadata: { 'aws:asset:path': path },
          Properties: { Parameters: { Size: { Ref: 'AWS::Region' } } },
        },
      },
    });
    write({
      'manifest.json': { artifacts: { app: stack('app.json') } },
      'app.json': nested('inner.json'),
      'inner.json': {
        Parameters: { Size: {} },
        Resources: { I: { Type: 'T', Properties: { S: { Ref: 'Size' } } } },
      },
    });
    expect(catalogue(readStacks(folder, target)).ofType('T')[0]?.properties.S).toBe('us-east-1');
    write({ 'app.json': nested('gone.json') });
    expect(() => readStacks(folder, target)).toThrow(
      'app.json at Resources.N: its template gone.json is not there',
    );
  });

  it('names all templates that cannot be read at once', () => {
    write({ 'a.template.json': '{', 'b.yaml': 'Resources:\n  X: [\n' });
    expect(() => readStacks(folder, target)).toThrow(
      /a\.template\.json:1:\d+: is not JSON[\s\S]*b\.yaml:3:1: is not YAML/,
    );
  });
});

describe('the environment of a stack', () => {
  const known = ['staging', 'production'];
  const environment = (file: string, template: object) => {
    write({ [file]: template });
    const [found] = readStacks(join(folder, file), target);
    return found && environmentOfStack(found, known);
  };

  it('is its tag, before its name', () => {
    expect(environment('shop-production.json', bucket({ environment: 'staging' }))).toBe('staging');
  });
  it('is a word of its name', () => {
    expect(environment('shop-production-data.json', bucket())).toBe('production');
  });
  it('is shared otherwise: no word within a word counts', () => {
    expect(environment('reproductions.json', bucket())).toBe(SHARED);
  });
});
