import fc from 'fast-check';
import { isAllowed, like, type Statement } from './policy.ts';

const allow = (statement: Partial<Statement>): Statement => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...statement,
});

describe('a policy', () => {
  it('denies what nothing allows', () => {
    expect(isAllowed([], { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' })).toBe(false);
  });

  it('lets an explicit Deny win', () => {
    const statements = [allow({}), allow({ Effect: 'Deny', Action: 's3:Delete*' })];
    expect(isAllowed(statements, { action: 's3:GetObject', resource: 'x' })).toBe(true);
    expect(isAllowed(statements, { action: 's3:DeleteObject', resource: 'x' })).toBe(false);
  });

  it('reads actions without case and resources with it', () => {
    const statements = [allow({ Action: 'S3:getobject', Resource: 'arn:aws:s3:::A/*' })];
    expect(isAllowed(statements, { action: 's3:GetObject', resource: 'arn:aws:s3:::A/b' })).toBe(true);
    expect(isAllowed(statements, { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' })).toBe(false);
  });

  it('knows NotAction and NotResource', () => {
    expect(
      isAllowed([{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], {
        action: 'iam:PassRole',
        resource: 'x',
      }),
    ).toBe(false);
    expect(
      isAllowed([{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], {
        action: 's3:GetObject',
        resource: 'x',
      }),
    ).toBe(true);
    expect(
      isAllowed([{ Effect: 'Allow', Action: '*', NotResource: 'x*' }], {
        action: 's3:GetObject',
        resource: 'xy',
      }),
    ).toBe(false);
  });

  it('needs every condition, and a key that is there', () => {
    const statements = [
      allow({
        Condition: {
          StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
          StringLike: { a: ['b*', 'c'] },
        },
      }),
    ];
    const request = { action: 'iam:PassRole', resource: 'x' };
    expect(
      isAllowed(statements, {
        ...request,
        context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com', a: 'bee' },
      }),
    ).toBe(true);
    expect(
      isAllowed(statements, { ...request, context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
    ).toBe(false);
    expect(isAllowed(statements, { ...request, context: { a: 'c' } })).toBe(false);
  });

  it('refuses to guess what a condition means', () => {
    expect(() =>
      isAllowed([allow({ Condition: { DateLessThan: { 'aws:CurrentTime': 'x' } } })], {
        action: 'a:b',
        resource: 'x',
      }),
    ).toThrow('condition operator DateLessThan is not known here');
  });

  it('has a wildcard that matches itself, any tail, and nothing that differs before it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (head, tail) => {
        const literal = head.replaceAll(/[*?]/g, '');
        expect(like(`${literal}*`, literal + tail)).toBe(true);
        expect(like(literal, literal)).toBe(true);
        expect(like(`${literal}x`, literal)).toBe(false);
      }),
    );
  });
});
