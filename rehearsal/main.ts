/** `npm run rehearse`: whole releases, rehearsed on this machine. */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { openWorkshop } from './aws/workshop.ts';

const USAGE = `npm run rehearse [-- OPTIONS]

  --approve    agrees for whoever must approve; without a terminal that is so
  --all        also the other ways to production: refused, held, rolled back …
  --act NAME   only that act; may be given again
  --verbose    every line of every job, and where an error came from
  --fast       the releases alone, on a production made by AWS's API
  --help       this text

Exit code 0 when everything held, 1 when something did not, 2 when an option is
wrong.`;

const OPTIONS = {
  approve: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  act: { type: 'string', multiple: true, default: [] as string[] },
  verbose: { type: 'boolean', default: false },
  fast: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function refuse(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { help, fast, ...options } = readOptions();
if (help) {
  console.log(USAGE);
} else {
  const workshop = openWorkshop('pika-rehearsal');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopAtOnce);
  try {
    process.exitCode = (await rehearse()) ? 0 : 1;
  } catch (error) {
    // Where it happened is for whoever works on the rehearsal; what happened is for everybody.
    console.error(options.verbose || !(error instanceof Error) ? error : error.message);
    process.exitCode = 1;
  } finally {
    await workshop.close();
  }
}

/** Without a word of what broke when its processes ended: the workshop's guard ends them, and clears up. */
function stopAtOnce(signal: NodeJS.Signals): never {
  try {
    writeSync(
      process.stderr.fd,
      `\nStopped by ${signal}: all that it had started ends, rehearsal/out stays.\n`,
    );
  } finally {
    process.exit(128 + constants.signals[signal]);
  }
}

async function rehearse(): Promise<boolean> {
  if (fast) {
    const { rehearseScenarios } = await import('./scenario/rehearse.ts');
    return rehearseScenarios();
  }
  const { actNames, rehearsePipeline } = await import('./pipeline/rehearse.ts');
  const unknown = options.act.filter((name) => !actNames.includes(name));
  if (unknown.length > 0) refuse(`--act ${unknown.join(', ')}: the acts are ${actNames.join(', ')}`);
  return rehearsePipeline(options);
}
