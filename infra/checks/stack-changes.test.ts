import { changesDetails, changesSentence, type StackChanges } from './changes-report.ts';
import { type StackChange, stackChange } from './stack-changes.ts';

const topic = (properties: object, more: object = {}) => ({
  Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: properties, ...more } },
});
const changeOf = (before: unknown, after: unknown) => stackChange('pika-production-ops', before, after);

/** What is told of changes, when everything could be read and may be deployed. */
const told = (changes: readonly StackChange[], more: Partial<StackChanges> = {}): StackChanges => ({
  ...{ environment: 'production', stacks: 9, changes, unread: [], leftOut: [] },
  guard: { verdict: 'free', reasons: [] },
  ...more,
});

describe('what changes in a stack', () => {
  it('is nothing, in whatever order a template is written', () => {
    const one = topic({ TopicName: 'a', DisplayName: 'b' });
    expect(changeOf(one, topic({ DisplayName: 'b', TopicName: 'a' }))).toBeUndefined();
  });

  it('is more than resources', () => {
    const before = topic({ TopicName: 'a' });
    const after = { ...topic({ TopicName: 'a' }, { Metadata: { a: 1 } }), Outputs: { Name: { Value: 'a' } } };
    const change = changeOf(before, after);
    expect(change).toMatchObject({ isNew: false, added: 0, resources: [], besides: ['outputs', 'metadata'] });
    expect(changesSentence(told(change ? [change] : []))).toBe('**1 of 9 change**: no resource');
    expect(changesDetails(told(change ? [change] : []))).toContain(
      '- `pika-production-ops`: no resource; outputs, metadata',
    );
  });

  it('is what protects a resource, too', () => {
    const change = changeOf(topic({}, { DeletionPolicy: 'Retain' }), topic({}));
    expect(change?.resources).toEqual([
      { logicalId: 'Topic', type: 'AWS::SNS::Topic', fate: 'changed', by: ['DeletionPolicy'] },
    ]);
  });

  it('has the worst first: replaced, perhaps replaced, removed, kept', () => {
    const before = {
      Resources: {
        Changed: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'a' } },
        Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
        Removed: { Type: 'AWS::S3::Bucket' },
        Perhaps: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't4g.nano' } },
        Replaced: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'a' } },
        Retyped: { Type: 'AWS::SQS::Queue' },
      },
    };
    const after = {
      Resources: {
        Changed: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'b' } },
        Perhaps: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't4g.micro' } },
        Replaced: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'b' } },
        Retyped: { Type: 'AWS::SNS::Topic' },
      },
    };
    const found = changeOf(before, after)?.resources.map(({ logicalId, fate }) => `${logicalId} ${fate}`);
    expect(found).toEqual([
      'Replaced replaced',
      'Retyped replaced',
      'Perhaps may be replaced',
      'Removed removed',
      'Kept kept, but no longer managed',
      'Changed changed',
    ]);
  });

  it.each([undefined, {}, { Resources: {} }])('is all of a new stack, which is %j yet', (before) => {
    expect(changeOf(before, topic({}))).toMatchObject({ isNew: true, added: 1, resources: [] });
  });
});

describe('what is told of it', () => {
  const topics = (count: number, name: string) => ({
    Resources: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `Topic${index}`,
        { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${name}${index}` } },
      ]),
    ),
  });
  const many = Array.from({ length: 9 }, (_, index) =>
    stackChange(`pika-production-${index}`, topics(200, 'a'), topics(200, 'b')),
  ).filter((change) => change !== undefined);

  it('counts everything, names a dozen at once, and fits into an environment variable', () => {
    expect(changesSentence(told(many))).toBe('**9 of 9 change**: 1800 **replaced**');
    const details = changesDetails(told(many));
    expect(details).toContain('\n- and 1788 more, below\n');
    expect(details.match(/^ {2}- and 160 more$/gm)).toHaveLength(9);
    expect(details.length).toBeLessThan(100_000);
  });

  it('leaves out why platform and services must not change when they do not', () => {
    const guard = { verdict: 'frozen', reasons: ['users: green is live'] } as const;
    expect(changesDetails(told([], { guard }))).toBe('');
    const [change] = many;
    const details = changesDetails(told(change ? [change] : [], { guard, leftOut: ['pika-production-0'] }));
    expect(details).toContain('  - `users: green is live`');
  });

  it('stays one cell of a table, whatever AWS says', () => {
    const why = 'AccessDenied: User: `x` | is not\nauthorized';
    const sentence = changesSentence(told([], { unread: [{ stack: 'pika-production-ops', why }] }));
    expect(sentence).toBe(
      '**not known of 1 of 9**, which could not be read (`AccessDenied: User: x is not authorized`); of the others: no stack changes',
    );
  });
});
