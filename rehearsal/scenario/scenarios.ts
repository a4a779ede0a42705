import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Version } from '../build/version.ts';
import { present } from '../environment/clients.ts';
import { servedVersions } from '../environment/environment.ts';
import { inOneStep, inPhases } from '../release/plays.ts';
import {
  answersBy,
  expectEqual,
  failedRequests,
  type ScenarioRecord,
  summarizeVersions,
} from './scenario.ts';
import { alarmsAreQuiet, releaseVersion, type Stage } from './stage.ts';

export interface Scenario {
  name: string;
  story: string;
  /** Which rehearsals play it: the one of releases alone, the one of the whole pipeline. */
  playedIn: readonly ('fast' | 'whole')[];
  play: (stage: Stage) => Promise<Pick<ScenarioRecord, 'releases' | 'expectations' | 'versions'>>;
}

/** The acts, in order: each begins with what the one before left. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'first',
    story: 'version 1 replaces the seed images',
    playedIn: ['fast'],
    play: (stage) => succeed(stage, '1.0.0', '1'),
  },
  {
    name: 'all-seven',
    story: 'version 2 of all seven goes out as one',
    playedIn: ['fast'],
    play: (stage) => succeed(stage, '2.0.0', '2'),
  },
  {
    name: 'broken-green',
    story: 'search of version 3 crashes on green',
    playedIn: ['fast', 'whole'],
    play: brokenGreen,
  },
  {
    name: 'alarm',
    story: 'search of version 4 fails once users reach it',
    playedIn: ['fast', 'whole'],
    play: alarm,
  },
  {
    name: 'cancelled',
    story: 'version 5 is cancelled half-way, then run again',
    playedIn: ['fast', 'whole'],
    play: cancelled,
  },
  {
    name: 'one-changed',
    story: 'a commit touches search alone: nothing else is built or released',
    playedIn: ['whole'],
    play: oneChanged,
  },
  {
    name: 'wrong-answers',
    story: 'search of version 7 is healthy on green, and answers wrongly',
    playedIn: ['whole'],
    play: (stage) => caughtOnGreen(stage, { number: '7.0.0', faults: { search: 'errors:1' } }, '7'),
  },
  {
    name: 'slow-answers',
    story: 'notifications of version 8 is healthy on green, and answers slowly',
    playedIn: ['whole'],
    play: (stage) => {
      const version = { number: '8.0.0', faults: { notifications: 'slow:1200' } };
      // It is the load that tells slow from fast: critical checks only ask twenty times, slowly.
      return caughtOnGreen(stage, version, '8', `${HEALTH},critical`);
    },
  },
  {
    name: 'sometimes-wrong',
    story: 'search of version 9 answers one request in four wrongly, as one bad task of four does',
    playedIn: ['whole'],
    play: (stage) => caughtOnGreen(stage, { number: '9.0.0', faults: { search: 'errors:0.25' } }, '9'),
  },
];

const ALL = 7;
/** Tag of the checks that green's load balancer has asked already. */
const HEALTH = 'health';

async function succeed(stage: Stage, version: string, runId: string) {
  const record = await releaseVersion(stage, { version: { number: version }, runId });
  const versions = await servedVersions(stage.environment);
  const releases = [record];
  return {
    releases,
    versions,
    expectations: [
      expectEqual('outcome', record.action.outcome, 'success'),
      expectEqual('output outcome', record.action.outputs.outcome ?? '', 'succeeded'),
      expectEqual('serving', summarizeVersions(versions), `${ALL} × ${version}`),
      expectEqual('requests lost', failedRequests(releases), 0),
    ],
  };
}

async function brokenGreen(stage: Stage) {
  const before = summarizeVersions(await servedVersions(stage.environment));
  const record = await releaseVersion(stage, {
    version: { number: '3.0.0', faults: { search: 'crash-on-start' } },
    runId: '3',
  });
  const versions = await servedVersions(stage.environment);
  const releases = [record];
  return {
    releases,
    versions,
    expectations: [
      expectEqual('outcome', record.action.outcome, 'failure'),
      expectEqual('serving', summarizeVersions(versions), before),
      expectEqual('answers by 3.0.0', answersBy(releases, '3.0.0'), 0),
      expectEqual('requests lost', failedRequests(releases), 0),
      expectEqual(
        'summary names the exit code',
        /exit code 78/i.test(record.action.summary) ? 'yes' : 'no',
        'yes',
      ),
    ],
  };
}

async function alarm(stage: Stage) {
  const before = summarizeVersions(await servedVersions(stage.environment));
  const record = await releaseVersion(stage, {
    version: { number: '4.0.0', faults: { search: 'errors:0.5' } },
    runId: '4',
    play: inOneStep('15s'),
  });
  const versions = await servedVersions(stage.environment);
  const rollbacks = record.deployments.filter(
    ({ info }) => info.rollbackInfo?.rollbackTriggeringDeploymentId !== undefined,
  ).length;
  return {
    releases: [record],
    versions,
    expectations: [
      expectEqual('outcome', record.action.outcome, 'failure'),
      expectEqual('serving', summarizeVersions(versions), before),
      expectEqual('rolled back', rollbacks, ALL),
      // Search fails, and the gateway with it: whose minute is over first is the alarm that stops the release.
      expectEqual(
        'summary names the alarm',
        /pika-production-(search|api-gateway)-errors/.test(record.action.summary) ? 'yes' : 'no',
        'yes',
      ),
    ],
  };
}

async function cancelled(stage: Stage) {
  await alarmsAreQuiet(stage);
  const before = summarizeVersions(await servedVersions(stage.environment));
  const person = new AbortController();
  const version = { number: '5.0.0' };
  const watching = cancelHalfWay(stage, person);
  const first = await releaseVersion(stage, { version, runId: '5', signal: person.signal });
  clearInterval(watching);
  const between = await servedVersions(stage.environment);
  const second = await releaseVersion(stage, { version, runId: '5', runAttempt: 2 });
  const versions = await servedVersions(stage.environment);
  const releases = [first, second];
  return {
    releases,
    versions,
    expectations: [
      expectEqual('first outcome', first.action.outcome, 'cancelled'),
      expectEqual('serving after it', summarizeVersions(between), before),
      expectEqual('answers by 5.0.0 before', answersBy([first], '5.0.0'), 0),
      expectEqual('built for the second run', second.built.join(', ') || 'nothing', 'nothing'),
      expectEqual('second outcome', second.action.outcome, 'success'),
      expectEqual('serving', summarizeVersions(versions), `${ALL} × 5.0.0`),
      expectEqual('requests lost', failedRequests(releases), 0),
    ],
  };
}

/** Cancels once every service has its deployment: half-way, green is coming up. */
function cancelHalfWay({ aws }: Stage, person: AbortController): NodeJS.Timeout {
  const from = aws.kernel.calls.length;
  return setInterval(() => {
    const created = aws.kernel.calls
      .slice(from)
      .filter(({ operation }) => operation === 'CreateDeployment').length;
    if (created >= ALL && !person.signal.aborted) person.abort();
  }, 20);
}

/** The commit changes a file, and no build argument. */
async function oneChanged(stage: Stage) {
  const { build } = present(stage.manifest.services.search, 'search');
  appendFileSync(join(stage.workspace, build.context, 'search', 'server.ts'), '// One line more.\n');
  const record = await releaseVersion(stage, { version: { number: '5.0.0' }, runId: '51' });
  const versions = await servedVersions(stage.environment);
  return {
    releases: [record],
    versions,
    expectations: [
      expectEqual('built', record.built.join(', '), 'search'),
      expectEqual('outcome', record.action.outcome, 'success'),
      expectEqual('deployments', record.deployments.length, 1),
      expectEqual('serving', summarizeVersions(versions), `${ALL} × 5.0.0`),
      expectEqual('requests lost', failedRequests([record]), 0),
    ],
  };
}

/** A green side that is healthy and yet not good: the smoke tests stop it before a user sees it. */
async function caughtOnGreen(stage: Stage, version: Version, runId: string, skipTags = HEALTH) {
  const before = summarizeVersions(await servedVersions(stage.environment));
  const record = await releaseVersion(stage, { version, runId, play: inPhases(skipTags) });
  const versions = await servedVersions(stage.environment);
  return {
    releases: [record],
    versions,
    expectations: [
      expectEqual('verdict on green', record.action.outputs.verdict ?? '', 'fail'),
      expectEqual('serving', summarizeVersions(versions), before),
      expectEqual(`answers by ${version.number}`, answersBy([record], version.number), 0),
      expectEqual('requests lost', failedRequests([record]), 0),
    ],
  };
}
