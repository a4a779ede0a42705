import fc from 'fast-check';
import { parsePolicy } from '../policy-document.ts';
import { conditionsHold } from './conditions.ts';
import { decide, type NamedPolicy } from './evaluate.ts';
import { createContext } from './request.ts';
import { matchesArn, matchesWildcard } from './wildcard.ts';

const policy = (...Statement: object[]): NamedPolicy => ({
  name: 'policy',
  document: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'identity'),
});
const allow = (others: object = {}) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...others });
const deny = (others: object = {}) => ({ ...allow(others), Effect: 'Deny' });
const effectOf = (
  policies: NamedPolicy[],
  action = 'ecs:UpdateService',
  resource = 'arn:aws:ecs:us-east-1:123456789012:service/pika/users',
) =>
  decide({ action, resource, context: createContext({ 'aws:RequestedRegion': 'us-east-1' }) }, policies)
    .effect;

const effects = fc.constantFrom('Allow', 'Deny');
const actions = fc.constantFrom(
  '*',
  'ecs:*',
  'ecs:UpdateService',
  'ecs:Update*',
  's3:GetObject',
  'ECS:updateservice',
);
const resources = fc.constantFrom('*', 'arn:aws:ecs:*:*:service/pika/*', 'arn:aws:s3:::bucket/*');
const conditions = fc.constantFrom(
  undefined,
  { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
  { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
);
const statements = fc
  .record({ Effect: effects, Action: actions, Resource: resources, Condition: conditions })
  .map(({ Condition, ...others }) => (Condition ? { ...others, Condition } : others));
const policies = fc.array(
  fc.array(statements, { minLength: 1, maxLength: 4 }).map((list) => policy(...list)),
  {
    maxLength: 4,
  },
);

test('nothing is allowed without a policy', () => {
  expect(effectOf([])).toBe('implicit-deny');
});

test('a denial of everything wins over whatever else there is', () => {
  fc.assert(fc.property(policies, (all) => effectOf([...all, policy(deny())]) === 'explicit-deny'));
});

test('the order of policies and statements decides nothing', () => {
  fc.assert(fc.property(policies, (all) => effectOf(all) === effectOf(all.toReversed())));
});

test('another Allow never takes a permission away; another Deny never gives one', () => {
  fc.assert(
    fc.property(policies, statements, (all, statement) => {
      const [before, after] = [effectOf(all), effectOf([...all, policy(statement)])];
      if (statement.Effect === 'Allow') return before !== 'allow' || after === 'allow';
      return before === 'allow' || after !== 'allow';
    }),
  );
});

test('NotAction is exactly what Action is not', () => {
  fc.assert(
    fc.property(fc.array(actions, { minLength: 1 }), (list) => {
      const not = effectOf([policy({ Effect: 'Allow', NotAction: list, Resource: '*' })]);
      return (not === 'allow') !== (effectOf([policy(allow({ Action: list }))]) === 'allow');
    }),
  );
});

test('NotResource is exactly what Resource is not', () => {
  fc.assert(
    fc.property(fc.array(resources, { minLength: 1 }), (list) => {
      const not = effectOf([policy({ Effect: 'Allow', Action: '*', NotResource: list })]);
      return (not === 'allow') !== (effectOf([policy(allow({ Resource: list }))]) === 'allow');
    }),
  );
});

describe('wildcards', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ':'), maxLength: 12 });
  const literals = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 12 });
  const toRegExp = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');

  test('match as the regular expression would that they stand for', () => {
    fc.assert(
      fc.property(
        letters,
        literals,
        (pattern, text) => matchesWildcard(pattern, text) === toRegExp(pattern).test(text),
      ),
      { numRuns: 1000 },
    );
  });

  test('a hostile pattern takes no time', () => {
    expect(matchesWildcard(`${'*a'.repeat(2000)}b`, 'a'.repeat(4000))).toBe(false);
  });

  test("an ARN's star ends at a colon, but not in the resource", () => {
    expect(
      matchesArn('arn:aws:ecs:*:123456789012:cluster/*', 'arn:aws:ecs:us-east-1:123456789012:cluster/a'),
    ).toBe(true);
    expect(matchesArn('arn:aws:*:cluster/a', 'arn:aws:ecs:us-east-1:123456789012:cluster/a')).toBe(false);
    expect(
      matchesArn(
        'arn:aws:ecs:*:*:task-definition/*',
        'arn:aws:ecs:us-east-1:123456789012:task-definition/a:7',
      ),
    ).toBe(true);
  });
});

describe('conditions', () => {
  const context = createContext({
    'aws:PrincipalTag/team': 'pika',
    'aws:PrincipalTag/star': '*',
    'aws:TagKeys': ['environment', 'service'],
    'ecs:cluster': 'arn:aws:ecs:us-east-1:123456789012:cluster/pika',
    'aws:SourceIp': '10.0.3.7',
    'aws:CurrentTime': '2026-11-23T13:00:00Z',
    's3:max-keys': '10',
    'aws:SecureTransport': 'true',
  });

  test.each([
    [true, { StringEquals: { 'AWS:principaltag/team': ['red', 'pika'] } }],
    [false, { StringEquals: { 'aws:PrincipalTag/team': ['Pika'] } }],
    [true, { StringEqualsIgnoreCase: { 'aws:PrincipalTag/team': ['PIKA'] } }],
    [true, { StringLike: { 'aws:PrincipalTag/team': ['p?k*'] } }],
    [false, { StringNotEquals: { 'aws:PrincipalTag/team': ['red', 'pika'] } }],
    [true, { StringNotLike: { 'aws:PrincipalTag/team': ['r*'] } }],
    [true, { ArnLike: { 'ecs:cluster': ['arn:aws:ecs:*:*:cluster/p*'] } }],
    [false, { ArnNotEquals: { 'ecs:cluster': ['arn:aws:ecs:*:*:cluster/p*'] } }],
    [true, { IpAddress: { 'aws:SourceIp': ['10.0.0.0/22'] } }],
    [true, { NotIpAddress: { 'aws:SourceIp': ['10.0.4.0/22'] } }],
    [true, { DateLessThan: { 'aws:CurrentTime': ['2027-01-01T00:00:00Z'] } }],
    [true, { NumericLessThanEquals: { 's3:max-keys': ['10'] } }],
    [false, { NumericGreaterThan: { 's3:max-keys': ['many'] } }],
    [true, { Bool: { 'aws:SecureTransport': ['true'] } }],
    [true, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'service', 'owner'] } }],
    [false, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment'] } }],
    [true, { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['environment'] } }],
    [false, { NoSuchOperator: { 'aws:PrincipalTag/team': ['pika'] } }],
    [true, { StringEquals: { 'aws:PrincipalTag/team': [`\${aws:PrincipalTag/team}`] } }],
    [false, { StringEquals: { 'aws:PrincipalTag/team': [`\${aws:PrincipalTag/none}`] } }],
    [true, { StringLike: { 'aws:PrincipalTag/star': [`\${*}`] } }],
    [true, { StringEquals: { 'aws:PrincipalTag/star': [`\${*}`] } }],
    [false, { StringLike: { 'aws:PrincipalTag/team': [`\${aws:PrincipalTag/star}`] } }],
  ])('%s: %j', (expected, block) => {
    expect(conditionsHold(block as never, context)).toBe(expected);
  });

  test.each([
    ['StringEquals', false],
    ['StringNotEquals', true],
    ['StringEqualsIfExists', true],
    ['StringNotEqualsIfExists', true],
    ['ForAllValues:StringEquals', true],
    ['ForAnyValue:StringEquals', false],
    ['NumericLessThan', false],
    ['ArnLike', false],
  ])('%s of a key that is not there: %s', (operator, expected) => {
    expect(conditionsHold({ [operator]: { 'aws:none': ['x'] } }, context)).toBe(expected);
  });

  test('Null asks whether the key is not there', () => {
    expect(conditionsHold({ Null: { 'aws:none': ['true'] } }, context)).toBe(true);
    expect(conditionsHold({ Null: { 'ecs:cluster': ['true'] } }, context)).toBe(false);
    expect(conditionsHold({ Null: { 'ecs:cluster': ['false'] } }, context)).toBe(true);
  });

  test('an operator and its negation never agree on a key with one value', () => {
    const pairs = fc.constantFrom(
      ['StringEquals', 'StringNotEquals'],
      ['StringLike', 'StringNotLike'],
      ['NumericEquals', 'NumericNotEquals'],
    );
    fc.assert(
      fc.property(
        pairs,
        fc.string(),
        fc.array(fc.string({ unit: fc.constantFrom('a', '*', '1') }), { minLength: 1 }),
        (names, actual, wanted) => {
          const here = createContext({ key: actual });
          const [one, other] = names.map((name) => conditionsHold({ [name]: { key: wanted } }, here));
          return one !== other;
        },
      ),
    );
  });
});
