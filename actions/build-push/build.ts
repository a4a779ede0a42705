import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endGroup, info, saveState, setSecret, startGroup, warning } from '@actions/core';
import { awsFault } from '../common/aws.ts';
import { FaultsError, formatFault } from '../common/fault.ts';
import { mapLimited } from '../common/poll.ts';
import type { Ecr } from './ecr.ts';
import type { Engine } from './engines/engine.ts';
import type { Inputs } from './inputs.ts';
import { writeOutputs, writeSummary } from './outputs.ts';
import { plan, type Step } from './plan.ts';
import { type Run, realize } from './realize.ts';
import { sentence } from './report.ts';
import { completeRepositories, type Found } from './repositories.ts';
import type { Result } from './result.ts';
import { readSources } from './source.ts';
import { tagsOf } from './tags.ts';

/** Services that are read, or only tagged, at the same time. */
const AT_ONCE = 8;

/** What a run begins with. */
interface Start {
  inputs: Inputs;
  ecr: Ecr;
  repositories: Promise<Found>;
  startedAt: number;
  deadline: number;
  signal: AbortSignal;
}

/** Gives every service an image: the one that its inputs had before, or a new one. */
export async function build({
  inputs,
  ecr,
  repositories,
  startedAt,
  deadline,
  signal,
}: Start): Promise<void> {
  const { sources, warnings } = await readSources(
    inputs.services,
    inputs.workspace,
    inputs.parallel ?? AT_ONCE,
  );
  const tags = tagsOf(process.env, inputs.tags);
  const planned = await explained(async () => {
    const complete = await completeRepositories(await repositories, inputs, ecr);
    return plan(sources, inputs, { ecr, repositories: complete, tags, signal });
  });
  for (const text of [...warnings, ...planned.warnings]) warning(text);
  tellStillTags(planned.steps, tags.branch);
  const toBuild = planned.steps.filter(({ found }) => !found);
  // Made by the engines that need it.
  const temp = join(process.env.RUNNER_TEMP || tmpdir(), `build-push-${randomUUID()}`);
  saveState('temp', temp);
  const results: Result[] = [];
  let engine: Engine | undefined;
  try {
    const isNeeded = toBuild.length > 0;
    const date = isNeeded ? sourceDate(inputs.workspace) : new Date(0);
    engine = isNeeded ? await prepareEngine(toBuild, inputs, { ecr, temp, signal }) : undefined;
    const createdAt = await date;
    const annotations = annotationsOf(createdAt);
    const run: Run = { inputs, ecr, engine, tags, annotations, createdAt, deadline, signal, log: info };
    startGroup('Build');
    await mapLimited(planned.steps, inputs.parallel ?? engine?.parallel ?? AT_ONCE, async (step) => {
      const result = await realize(step, run);
      results.push(result);
      info(`${result.service}: ${result.state} in ${result.seconds} s`);
    });
  } finally {
    endGroup();
    rmSync(temp, { recursive: true, force: true });
    await conclude(planned.steps, results, engine?.name, (Date.now() - startedAt) / 1_000);
  }
  failIfAny(results);
}

/** No warning: whoever keeps tags from moving has meant it. */
function tellStillTags(steps: readonly Step[], branch: string | undefined): void {
  const still = steps.filter((step) => branch !== undefined && step.branch === undefined);
  if (still.length === 0) return;
  const names = [...new Set(still.map(({ source }) => source.service.repository))];
  info(
    `The tag ${branch} is left out of ${names.join(', ')}: tags never move there. The exclusion filter branch-* would let it.`,
  );
}

function failIfAny(results: readonly Result[]): void {
  const failures = results.flatMap((result) =>
    result.state === 'failed' ? [formatFault(result.fault)] : [],
  );
  if (failures.length === 0) return;
  throw new Error(
    `${failures.length} of ${results.length} services have no image; the others' were kept:\n${failures.join('\n')}`,
  );
}

/** Also when the job is cancelled: what was made until then is handed on. */
async function conclude(
  steps: readonly Step[],
  results: readonly Result[],
  engine: string | undefined,
  seconds: number,
): Promise<void> {
  const ordered = steps.flatMap(
    ({ source }) => results.find(({ service }) => service === source.service.name) ?? [],
  );
  writeOutputs(ordered);
  if (ordered.length === 0) return;
  await writeSummary(ordered, engine, seconds);
  info(sentence(ordered, seconds));
}

/** An engine that can build all that is to be built. Nothing has been changed yet when it cannot. */
async function prepareEngine(
  steps: readonly Step[],
  inputs: Inputs,
  { ecr, temp, signal }: Pick<Run, 'ecr' | 'signal'> & { temp: string },
): Promise<Engine> {
  const { chooseEngine } = await import('./engines/choose.ts');
  const credentials = join(temp, 'docker');
  const engine = await chooseEngine(inputs.engine, { ...inputs, credentials, temp, signal });
  const faults = steps.flatMap(({ source }) => {
    try {
      engine.check({ ...source, baseImages: inputs.baseImages });
      return [];
    } catch (error) {
      if (error instanceof FaultsError) return error.faults;
      throw error;
    }
  });
  if (faults.length > 0) throw new FaultsError(faults);
  const authorization = await explained(() => ecr.authorization());
  setSecret(authorization.replace('Basic ', ''));
  setSecret(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8').replace('AWS:', ''));
  if (engine.name !== 'oci') {
    const { writeCredentials } = await import('./credentials.ts');
    for (const host of new Set(steps.map(({ uri }) => uri.slice(0, uri.indexOf('/'))))) {
      writeCredentials(credentials, host, authorization);
    }
  }
  return engine;
}

/** Time of the commit, so that the same commit gives the same image. https://reproducible-builds.org/specs/source-date-epoch/ */
async function sourceDate(workspace: string): Promise<Date> {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given && /^\d+$/.test(given)) return new Date(Number(given) * 1_000);
  try {
    const git = ['-C', workspace, 'log', '-1', '--format=%ct'];
    const { stdout } = await promisify(execFile)('git', git);
    return new Date(Number(stdout) * 1_000);
  } catch {
    return new Date(0);
  }
}

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
function annotationsOf(createdAt: Date): Record<string, string> {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA } = process.env;
  return {
    'org.opencontainers.image.created': createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(GITHUB_REPOSITORY && {
      'org.opencontainers.image.source': `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}`,
    }),
    ...(GITHUB_SHA && { 'org.opencontainers.image.revision': GITHUB_SHA }),
  };
}

async function explained<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error || error.name === 'CredentialsProviderError'))
      throw error;
    throw new FaultsError([awsFault(error, 'Amazon ECR', 'ecr:BatchGetImage')]);
  }
}
