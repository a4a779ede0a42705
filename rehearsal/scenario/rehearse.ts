import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest } from '../../manifest/index.ts';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { startCache } from '../cache/server.ts';
import { createEnvironment } from '../environment/environment.ts';
import { type Report, writeReport } from '../report/json.ts';
import { renderPage } from '../report/page/page.ts';
import { bold, dim, expectationTable, green, progressLines, red } from '../report/terminal.ts';
import { startTraffic } from '../traffic/traffic.ts';
import type { ScenarioRecord } from './scenario.ts';
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
 * Makes production by AWS's API, and plays the scenarios under users' traffic.
 * @param fast leaves the smoke-tested releases out. @returns whether everything held
 */
export async function rehearseScenarios({ fast }: { fast: boolean }): Promise<boolean> {
  const temporary = mkdtempSync(join(tmpdir(), 'pika-rehearsal-'));
  const manifest = loadManifest(join(root, 'pika.yml'));
  const sources = join(root, 'rehearsal', 'services');
  const cache = await startCache();
  mkdirSync(out, { recursive: true });
  const awsLog = createWriteStream(join(out, 'aws.log'));
  const aws = await startAws({
    timeScale: TIME_SCALE,
    log: (line) => awsLog.write(`${elapsed()}  ${line}\n`),
  });
  try {
    say(`An AWS of its own listens at ${aws.url}, ${TIME_SCALE} times as fast as real time`);
    const environment = await createEnvironment({
      aws,
      manifest,
      name: 'production',
      sources,
      cacheUrl: cache.url,
    });
    say(
      `Production is there: ${Object.keys(manifest.services).length} services behind ${environment.gatewayUrl}`,
    );
    const traffic = startTraffic({ rate: RATE, url: environment.gatewayUrl, next: nextRequest() });
    const onLine = (line: string) => {
      for (const shown of progressLines(line)) say(`  ${shown}`);
    };
    const stage: Stage = { root, aws, manifest, environment, traffic, temporary, sources, onLine };
    const records = await playAll(stage, fast);
    await traffic.stop();
    return finish(records, aws);
  } finally {
    await aws.stop();
    await cache.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function playAll(stage: Stage, fast: boolean): Promise<ScenarioRecord[]> {
  const records: ScenarioRecord[] = [];
  for (const { name, story, play } of scenarios.filter(({ slow }) => !(fast && slow))) {
    say(bold(`${name}: ${story}`));
    const record = { name, story, ...(await play(stage)) };
    records.push(record);
    const failed = record.expectations.filter(({ holds }) => !holds);
    say(failed.length === 0 ? green('as expected') : red(failed.map(({ what }) => what).join(', ')));
  }
  return records;
}

function finish(records: readonly ScenarioRecord[], aws: EmbeddedAws): boolean {
  const held = records.every(({ expectations }) => expectations.every(({ holds }) => holds));
  const seconds = (Date.now() - started) / 1000;
  const report: Report = {
    version: 1,
    startedAt: new Date(started).toISOString(),
    seconds,
    timeScale: aws.kernel.clock.scale,
    held,
    scenarios: records,
  };
  writeReport(join(out, 'report.json'), report);
  writeFileSync(join(out, 'report.html'), renderPage(report));
  console.log(`\n${expectationTable(records)}\n`);
  console.log(
    `${held ? green('Everything held') : red('Not everything held')}, in ${seconds.toFixed(1)} s. Report: rehearsal/out/report.html`,
  );
  return held;
}

/** What users do, over and over: look, search, check. */
function nextRequest(): () => string {
  const paths = [
    '/api/v1/listings?limit=5',
    '/api/v1/search?q=bike',
    '/api/v1/search?q=&lat=52.5&lon=13.4',
    '/api/v1/listings',
  ];
  let index = 0;
  return () => paths[index++ % paths.length] ?? '/';
}
