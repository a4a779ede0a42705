/** `npm run rehearse`: whole releases, rehearsed on this machine. */
import { parseArgs } from 'node:util';

const USAGE = `npm run rehearse [-- OPTIONS]

  --fast             leaves the last five releases out
  --workflow         runs release.yml itself, from a push to production
    --approve        approves without asking at the terminal
    --all            also what goes wrong, and the other ways in
    --act NAME       only that act; may be given again
    --verbose        every line of every job
  --help             this text

Exit code 0 when everything held, 1 when something did not, 2 when an option is wrong.`;

const OPTIONS = {
  fast: { type: 'boolean', default: false },
  workflow: { type: 'boolean', default: false },
  approve: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  act: { type: 'string', multiple: true },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
} else if (options.workflow) {
  await import('./pipeline/main.ts');
} else {
  const { rehearseScenarios } = await import('./scenario/rehearse.ts');
  process.exitCode = (await rehearseScenarios({ fast: options.fast })) ? 0 : 1;
}
