import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { checkOut } from '../build/checkout.ts';
import { buildVersion } from '../build/version.ts';
import { startCache } from '../cache/server.ts';
import { createEnvironment } from '../environment/environment.ts';
import { collectAct } from '../report/collect/act.ts';
import { writeReports } from '../report/collect/report.ts';
import { collectStandIns } from '../report/collect/stand-ins.ts';
import type { ActReport } from '../report/json.ts';
import { bold, conclusion, dim, green, progressLines, red } from '../report/terminal.ts';
import { nextRequest } from '../traffic/requests.ts';
import { startTraffic } from '../traffic/traffic.ts';
import { asRun } from './as-run.ts';
import { scenarios } from './scenarios.ts';
import type { Stage } from './stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'rehearsal', 'out');
/** One real second is this many of AWS's: a minute of an alarm's metrics takes two seconds. */
const TIME_SCALE = 30;
const RATE = 200;

const started = Date.now();
const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s`;
const say = (line: string) => console.log(`${dim(elapsed())}  ${line}`);

/**
 * Builds the services, makes production by AWS's API, and plays the scenarios under users' traffic.
 * @returns whether everything held
 */
export async function rehearseScenarios(): Promise<boolean> {
  const temporary = mkdtempSync(join(tmpdir(), 'pika-rehearsal-'));
  const manifest = loadManifest(join(root, 'pika.yml'));
  const workspace = join(temporary, 'workspace');
  checkOut(root, manifest, workspace);
  const cache = await startCache();
  mkdirSync(out, { recursive: true });
  const awsLog = createWriteStream(join(out, 'aws.log'));
  const aws = await startAws({
    timeScale: TIME_SCALE,
    log: (line) => awsLog.write(`${elapsed()}  ${line}\n`),
  });
  try {
    say(`An AWS of its own listens at ${aws.url}, ${TIME_SCALE} times as fast as real time`);
    const { images } = await buildVersion({
      workspace,
      version: { number: '0.0.0' },
      credentials: aws.env,
      temporary,
    });
    say(`${Object.keys(images).length} services are built from their sources`);
    const environment = await createEnvironment({
      aws,
      manifest,
      name: 'production',
      cacheUrl: cache.url,
      images,
    });
    say(
      `Production is there: ${Object.keys(manifest.services).length} services behind ${environment.gatewayUrl}`,
    );
    const traffic = startTraffic({ rate: RATE, url: environment.gatewayUrl, next: nextRequest() });
    const onLine = (line: string) => {
      for (const shown of progressLines(line)) say(`  ${shown}`);
    };
    const stage: Stage = { root, aws, manifest, environment, traffic, temporary, workspace, onLine };
    const acts = await playAll(stage);
    await traffic.stop();
    return finish(acts, aws);
  } finally {
    await aws.stop();
    await cache.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function playAll(stage: Stage): Promise<ActReport[]> {
  const acts: ActReport[] = [];
  for (const { name, story, play } of scenarios.filter(({ playedIn }) => playedIn.includes('fast'))) {
    say(bold(`${name}: ${story}`));
    const from = Date.now();
    const { releases, expectations } = await play(stage);
    acts.push(
      await collectAct({
        name,
        story,
        expectations,
        runs: releases.map(asRun),
        aws: stage.aws.kernel,
        traffic: stage.traffic,
        origin: started,
        from,
        to: Date.now(),
      }),
    );
    const failed = expectations.filter(({ holds }) => !holds);
    say(failed.length === 0 ? green('as expected') : red(failed.map(({ what }) => what).join(', ')));
  }
  return acts;
}

function finish(acts: readonly ActReport[], aws: EmbeddedAws): boolean {
  const report = writeReports(out, {
    aws,
    origin: started,
    setup: [],
    acts,
    standIns: collectStandIns({}),
    // It has no database at all.
    notRehearsed: [],
  });
  console.log(conclusion(report));
  return report.held;
}
