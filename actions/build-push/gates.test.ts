import type { Ecr } from './ecr.ts';
import { scanProblem, sizeProblem } from './gates.ts';

/** ECR, of which only the scan's answers matter, one after the other. */
function ecrThatFinds(...answers: Awaited<ReturnType<Ecr['findings']>>[]): Ecr {
  const refuse = () => Promise.reject(new Error('not asked for'));
  return {
    repository: refuse,
    createRepository: refuse,
    images: refuse,
    tag: refuse,
    authorization: refuse,
    findings: async () => answers.shift(),
  };
}

const image = { repository: 'shop/web', digest: `sha256:${'0'.repeat(64)}` };
const { signal } = new AbortController();

describe('the gate of findings', () => {
  const within = () => ({ deadline: Date.now() + 60_000, signal });

  it('waits for the scan, and fails on what is as severe or worse', async () => {
    const ecr = ecrThatFinds(undefined, { HIGH: 2, CRITICAL: 1, LOW: 9 });
    expect(await scanProblem(ecr, image, 'HIGH', within())).toBe(
      "ECR's scan found 1 CRITICAL, 2 HIGH; input fail-on-severity is HIGH",
    );
  });

  it('lets pass what is milder', async () => {
    expect(await scanProblem(ecrThatFinds({ MEDIUM: 3, LOW: 9 }), image, 'HIGH', within())).toBeUndefined();
    expect(await scanProblem(ecrThatFinds({}), image, 'LOW', within())).toBeUndefined();
  });

  it('does not wait for ever', async () => {
    const ended = { deadline: Date.now(), signal };
    expect(await scanProblem(ecrThatFinds(undefined), image, 'LOW', ended)).toMatch(/did not end within/);
  });
});

describe('the gate of sizes', () => {
  it('names the size and the budget', () => {
    expect(sizeProblem(2_500_000, 1_000_000)).toBe(
      'the image has 2.5 MB, more than the 1.0 MB of input max-size',
    );
    expect(sizeProblem(1_000_000, 1_000_000)).toBeUndefined();
    expect(sizeProblem(1, undefined)).toBeUndefined();
  });
});
