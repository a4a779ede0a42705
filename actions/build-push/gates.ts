import { sleep } from '../common/poll.ts';
import type { Ecr } from './ecr.ts';
import { bytesText } from './report.ts';
import { SEVERITIES } from './severity.ts';

/** What is wrong with an image; undefined when it may pass. */
export function sizeProblem(bytes: number, atMost: number | undefined): string | undefined {
  if (atMost === undefined || bytes <= atMost) return undefined;
  return `the image has ${bytesText(bytes)}, more than the ${bytesText(atMost)} of input max-size`;
}

/** Waits for the scan. @param failOn the mildest severity that is not let pass. */
export async function scanProblem(
  ecr: Ecr,
  image: { repository: string; digest: string },
  failOn: (typeof SEVERITIES)[number],
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<string | undefined> {
  for (let pause = 500; ; pause = Math.min(pause * 1.5, 5_000)) {
    const counts = await ecr.findings(image.repository, image.digest);
    if (counts) {
      const serious = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1).filter(
        (name) => (counts[name] ?? 0) > 0,
      );
      if (serious.length === 0) return undefined;
      return `ECR's scan found ${serious.map((name) => `${counts[name]} ${name}`).join(', ')}; input fail-on-severity is ${failOn}`;
    }
    if (Date.now() + pause > deadline) return 'ECR’s scan did not end within the input timeout';
    await sleep(pause, signal);
  }
}
