/** As far as it is asked of jest's results. */
interface Results {
  testResults: readonly { testResults: readonly { status: string; fullName: string }[] }[];
}

/** The reason at the end of a title: `the AWS CLI (skipped: there is no aws on the PATH)`. */
const REASON = /\(skipped: (.*?)\)(?: |$)/;

/** Says after the run which tests this machine could not run, and why: jest itself only counts them. */
export default class SkippedTests {
  onRunComplete(_contexts: unknown, { testResults }: Results): void {
    const counts = new Map<string, number>();
    for (const { testResults: tests } of testResults) {
      for (const { status, fullName } of tests) {
        const reason = status === 'pending' ? REASON.exec(fullName)?.[1] : undefined;
        if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of counts) console.log(`Skipped: ${count} × ${reason}`);
  }
}
