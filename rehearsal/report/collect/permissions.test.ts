import { collectPermissions } from './permissions.ts';

const call = (principal: string, operation: string) => ({ principal, service: 'ecs' as const, operation });
const session = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/session-1`;

describe('the permissions of a rehearsal', () => {
  it('are the calls of each role, most first; what the root and AWS do by themselves is nobody’s', () => {
    const { enforced, roles } = collectPermissions([
      call(session('pika-build'), 'DescribeServices'),
      call(session('pika-deploy'), 'DescribeServices'),
      call(session('pika-deploy'), 'ListTasks'),
      call(session('pika-deploy'), 'ListTasks'),
      call('arn:aws:iam::123456789012:root', 'CreateService'),
      call('ecs.amazonaws.com', 'ListTasks'),
      call(session('AWSServiceRoleForECS'), 'ListTasks'),
    ]);
    expect(enforced).toBe(false);
    expect(roles).toEqual([
      {
        role: 'pika-build',
        calls: 1,
        operations: [{ action: 'ecs:DescribeServices', calls: 1 }],
        grants: [],
      },
      {
        role: 'pika-deploy',
        calls: 3,
        operations: [
          { action: 'ecs:ListTasks', calls: 2 },
          { action: 'ecs:DescribeServices', calls: 1 },
        ],
        grants: [],
      },
    ]);
  });

  it('keep what is granted and was never used, of roles too that nobody took', () => {
    const grant = { role: 'pika-idle', policy: 'p', sid: undefined, action: 's3:*', calls: 0 };
    const denial = { principal: session('pika-build'), action: 's3:GetObject', resource: '*', message: 'no' };
    const report = collectPermissions([], { grants: () => [grant], denied: () => [denial, denial] });
    expect(report.enforced).toBe(true);
    expect(report.roles).toEqual([
      { role: 'pika-idle', calls: 0, operations: [], grants: [{ action: 's3:*', policy: 'p', calls: 0 }] },
    ]);
    expect(report.denied).toEqual([{ ...denial, times: 2 }]);
  });
});
