import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templateFaults } from './template-faults.ts';

const assembly = mkdtempSync(join(tmpdir(), 'pika-assembly-'));
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

const write = (name: string, content: unknown) =>
  writeFileSync(join(assembly, name), JSON.stringify(content, null, 1));

const stack = {
  type: 'aws:cloudformation:stack',
  environment: 'aws://unknown-account/us-east-1',
  properties: { bootstrapStackVersionSsmParameter: '/cdk-bootstrap/pikastg/version' },
};
const at = (path: string) => ({ Metadata: { 'aws:cdk:path': path } });

it('finds what AWS would refuse in all templates, by template, line and construct', async () => {
  write('manifest.json', { artifacts: { one: stack, two: stack, fine: stack } });
  write('fine.template.json', { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
  write('one.template.json', {
    Resources: {
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicNam: 'x', Tags: {} }, ...at('one/News/Topic') },
      Thing: { Type: 'AWS::No::Thing', ...at('one/Thing') },
    },
  });
  write('two.template.json', { Resources: { Group: { Type: 'AWS::EC2::SecurityGroup' } } });
  expect(await templateFaults(assembly)).toEqual([
    'cdk.out/one.template.json:3:3 one/News/Topic (AWS::SNS::Topic): #: extraneous key [TopicNam] is not permitted',
    'cdk.out/one.template.json:3:3 one/News/Topic (AWS::SNS::Topic): #/Tags: expected type: JSONArray, found: JSONObject',
    expect.stringMatching(
      /^cdk\.out\/one\.template\.json:13:3 one\/Thing \(AWS::No::Thing\): CloudFormation has no such type\. Correct the template; /,
    ),
    'cdk.out/two.template.json:3:3 Group (AWS::EC2::SecurityGroup): #: required key [GroupDescription] not found',
  ]);
});
