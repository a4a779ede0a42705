/** The embedded AWS by itself: `npm run aws -- --port 4566`. */
import { parseArgs } from 'node:util';
import { FaultPlanError, loadFaultPlan } from './fault-plan/load.ts';
import { type RuntimeName, runtimeNames, startAws } from './server.ts';
import { openWorkshop } from './workshop.ts';

const USAGE = `An AWS on this machine: loopback only, state in memory.

  npm run aws -- [--port N] [--region REGION] [--time-scale N] [--fault-plan FILE]
                 [--enforce-iam] [--runtime process|docker]

  --port N           where it listens on 127.0.0.1; 0, the default, takes any free port
  --region REGION    the region of the printed variables, and of who names none; us-east-1 by default
  --time-scale N     how many simulated seconds pass in a real one; 1 by default
  --fault-plan FILE  throttling, latency, errors, crashes to inject (YAML or JSON, see docs/embedded-aws.md)
  --enforce-iam      judge every call by the policies of its role; otherwise nobody is refused
  --runtime NAME     what tasks are: process, the default, or docker, containers of the engine at DOCKER_HOST
  --help             this page

It prints the environment that a client needs on standard output, and what it does on standard error:

  npm run --silent aws -- --port 4566 > aws.env &
  . ./aws.env && aws sts get-caller-identity
`;

interface Arguments {
  port: number;
  region: string;
  timeScale: number;
  faultPlanFile: string | undefined;
  enforceIam: boolean;
  runtime: RuntimeName;
}

function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      region: { type: 'string', default: 'us-east-1' },
      'time-scale': { type: 'string', default: '1' },
      'fault-plan': { type: 'string' },
      'enforce-iam': { type: 'boolean', default: false },
      runtime: { type: 'string', default: 'process' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const faults: string[] = [];
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : -1;
  if (port < 0 || port > 65_535) {
    faults.push(`--port ${values.port}: must be a whole number from 0 to 65535`);
  }
  const timeScale = Number(values['time-scale']);
  if (!(timeScale > 0 && timeScale <= 100_000)) {
    faults.push(`--time-scale ${values['time-scale']}: must be a number above 0 and at most 100000`);
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(values.region)) {
    faults.push(`--region ${values.region}: must be a region's name, such as us-east-1`);
  }
  const runtime = runtimeNames.find((name) => name === values.runtime);
  if (!runtime) faults.push(`--runtime ${values.runtime}: must be ${runtimeNames.join(' or ')}`);
  if (faults.length > 0 || !runtime) throw new TypeError(faults.join('\n'));
  return {
    port,
    region: values.region,
    timeScale,
    faultPlanFile: values['fault-plan'],
    enforceIam: values['enforce-iam'],
    runtime,
  };
}

async function main(args: readonly string[]): Promise<void> {
  const options = readArguments(args);
  if (options === 'help') {
    console.log(USAGE);
    return;
  }
  const { faultPlanFile, ...rest } = options;
  openWorkshop('pika-aws');
  const faults = faultPlanFile === undefined ? {} : { faultPlan: await loadFaultPlan(faultPlanFile) };
  const aws = await startAws({ ...rest, ...faults, log: (line) => console.error(line) });
  const stop = () => void aws.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  for (const [name, value] of Object.entries(aws.env)) console.log(`export ${name}='${value}'`);
  console.error(`The embedded AWS listens at ${aws.url}. Stop it with Ctrl-C.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof TypeError || error instanceof FaultPlanError;
  console.error(isUsage ? `${message}\nSee --help.` : message);
  process.exit(isUsage ? 2 : 1);
}
