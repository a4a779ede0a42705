import { awsFault, messageOf } from '../common/aws.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import type { Ecr, StoredImage } from './ecr.ts';
import type { BuiltImage, Engine } from './engines/engine.ts';
import { differences, INPUTS_LABEL, parseFingerprint } from './fingerprint.ts';
import { scanProblem, sizeProblem } from './gates.ts';
import { imageConfig } from './image/config.ts';
import type { Inputs } from './inputs.ts';
import type { Step } from './plan.ts';
import { pullBlob } from './registry/pull.ts';
import type { Repository } from './registry/registry.ts';
import type { Result } from './result.ts';
import type { Tags } from './tags.ts';

/** What all services of a run share. */
export interface Run {
  inputs: Inputs;
  ecr: Ecr;
  /** Undefined when nothing is to be built. */
  engine: Engine | undefined;
  tags: Tags;
  /** OCI's annotations: where the source is, which revision, when it was made. */
  annotations: Readonly<Record<string, string>>;
  createdAt: Date;
  /** Epoch milliseconds. */
  deadline: number;
  signal: AbortSignal;
  log: (line: string) => void;
}

/** Builds or reuses one service's image, tags it, lets it through the gates. A failure is a result as well. */
export async function realize(step: Step, run: Run): Promise<Result> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 10) / 100;
  const { name } = step.source.service;
  try {
    const previous = await previousImage(step, run);
    const made = step.found ? { image: step.found, reasons: [] } : await make(step, run, previous);
    const { repository } = step.source.service;
    const runnable = await runnableImage(made.image, step, run);
    const warnings = await tagImage(made.image, step, run);
    const bytes = bytesOf(runnable.sized);
    const problem =
      sizeProblem(bytes, run.inputs.maxSize) ??
      (run.inputs.failOn &&
        (await scanProblem(run.ecr, { repository, digest: runnable.sized.digest }, run.inputs.failOn, run)));
    if (problem) return failed(name, seconds(), { subject: `service ${name}`, message: problem });
    const { digest } = runnable.image;
    return {
      service: name,
      state: step.found ? 'reused' : 'built',
      image: `${step.uri}@${digest}`,
      digest,
      bytes,
      seconds: seconds(),
      reasons: made.reasons,
      warnings,
      ...('layers' in made && made.layers && { layers: made.layers }),
      ...(previous && { previousBytes: bytesOf(previous) }),
    };
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason;
    return failed(name, seconds(), faultOf(error, name));
  }
}

function failed(service: string, seconds: number, fault: Fault): Result {
  return { service, state: 'failed', seconds, fault };
}

function faultOf(error: unknown, name: string): Fault {
  if (error instanceof FaultsError && error.faults[0]) {
    const [{ subject, ...fault }] = [error.faults[0]];
    return { ...fault, subject: `service ${name}: ${subject}` };
  }
  if (error instanceof Error && '$metadata' in error)
    return awsFault(error, `service ${name}`, 'ecr:PutImage');
  return { subject: `service ${name}`, message: messageOf(error) };
}

interface MadeImage {
  image: StoredImage;
  reasons: string[];
  layers: BuiltImage['layers'];
}

async function make(step: Step, run: Run, previous: StoredImage | undefined): Promise<MadeImage> {
  const { source, uri, tag, fingerprint } = step;
  const { service } = source;
  const { engine, ecr } = run;
  if (!engine) throw new Error('no engine was chosen');
  const slash = uri.indexOf('/');
  const destination = {
    host: uri.slice(0, slash),
    name: uri.slice(slash + 1),
    authorization: await ecr.authorization(),
  };
  const reasons = differences(await previousFingerprint(previous, destination, run), fingerprint);
  run.log(`${service.name}: is built by ${engine.name} (${reasons.join(', ')})`);
  const built = await buildOrFind(step, run, engine, destination);
  const image = (await ecr.images(service.repository, [built.digest])).get(built.digest);
  if (!image) throw new Error(`ECR does not have ${uri}:${tag} with ${built.digest}, although it was pushed`);
  return {
    image,
    reasons,
    layers: built.layers ?? sharedLayers(await imageOfPlatform(image, step, run), previous),
  };
}

/** A run at the same time may have pushed the same inputs first; its image is as good, and the tag stays with it. */
async function buildOrFind(
  { source, tag, fingerprint }: Step,
  { inputs, ecr, annotations, createdAt, signal, log }: Run,
  engine: Engine,
  destination: Repository,
): Promise<BuiltImage> {
  const { service, dockerfile, context, args } = source;
  try {
    return await engine.build({
      service,
      dockerfile,
      context,
      args,
      labels: { ...annotations, ...inputs.labels, [INPUTS_LABEL]: JSON.stringify(fingerprint) },
      baseImages: inputs.baseImages,
      createdAt,
      destination,
      tag,
      signal,
      log: (line) => log(`${service.name}: ${line}`),
    });
  } catch (error) {
    signal.throwIfAborted();
    const other = (await ecr.images(service.repository, [tag])).get(tag);
    if (!other) throw error;
    log(`${service.name}: another run pushed the image of these inputs first; it is taken`);
    return { digest: other.digest };
  }
}

/** The image before, of the first platform. That it cannot be had is no failure. */
async function previousImage(step: Step, run: Run): Promise<StoredImage | undefined> {
  try {
    return step.previous && (await imageOfPlatform(step.previous, step, run));
  } catch {
    run.signal.throwIfAborted();
    return undefined;
  }
}

/** Where the engine does not say: the layers that are those of the image before. */
function sharedLayers({ manifest }: StoredImage, previous: StoredImage | undefined): BuiltImage['layers'] {
  if (manifest.kind !== 'image' || previous?.manifest.kind !== 'image') return undefined;
  const before = new Set(previous.manifest.layers.map(({ digest }) => digest));
  return {
    total: manifest.layers.length,
    reused: manifest.layers.filter(({ digest }) => before.has(digest)).length,
  };
}

/** To say what changed; that it cannot be said is no failure. */
async function previousFingerprint(
  previous: StoredImage | undefined,
  repository: Repository,
  { signal }: Run,
) {
  if (previous?.manifest.kind !== 'image') return undefined;
  try {
    const config = imageConfig.parse(
      JSON.parse(String(await pullBlob(repository, previous.manifest.config.digest, signal))),
    );
    return parseFingerprint(config.config?.Labels?.[INPUTS_LABEL]);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/**
 * What ECS is given, and what is weighed and scanned. An index of one platform, as attestations make it, stands for
 * that platform's image; an index of several is handed on whole.
 */
async function runnableImage(
  image: StoredImage,
  step: Step,
  run: Run,
): Promise<{ image: StoredImage; sized: StoredImage }> {
  const sized = await imageOfPlatform(image, step, run);
  return { image: step.source.service.platforms.length === 1 ? sized : image, sized };
}

/** The image itself, or of an index the one of the first platform. */
async function imageOfPlatform(image: StoredImage, { source }: Step, { ecr }: Run): Promise<StoredImage> {
  if (image.manifest.kind === 'image') return image;
  const [platform = ''] = source.service.platforms;
  const [os, architecture] = platform.split('/');
  const chosen = image.manifest.manifests.find(
    (item) => item.platform?.os === os && item.platform?.architecture === architecture,
  );
  if (!chosen) throw new Error(`the index ${image.digest} has no image for ${platform}`);
  const found = (await ecr.images(source.service.repository, [chosen.digest])).get(chosen.digest);
  if (!found) throw new Error(`ECR does not have ${chosen.digest}, which the index ${image.digest} names`);
  return found;
}

function bytesOf({ manifest }: StoredImage): number {
  if (manifest.kind === 'index') return 0;
  return [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0);
}

/** @returns what to warn of. @throws FaultsError when a tag that was asked for names another image. */
async function tagImage(image: StoredImage, { source, branch }: Step, { ecr, tags }: Run): Promise<string[]> {
  const { name, repository } = source.service;
  const wanted = [branch, tags.commit, ...tags.fixed].filter((tag) => tag !== undefined);
  const outcomes = await Promise.all(
    wanted.map(async (tag) => ({ tag, kept: (await ecr.tag(repository, image, tag)).kept })),
  );
  const conflicts = outcomes.filter(({ kept }) => kept !== undefined);
  const serious = conflicts.filter(({ tag }) => tags.fixed.includes(tag));
  if (serious.length > 0) {
    throw new FaultsError(
      serious.map(({ tag, kept }) => ({
        subject: 'input tags',
        message: `${tag} is immutable in ${repository} and names ${kept} already, not ${image.digest}`,
        remedy: 'Take another tag, or release the image that has this one',
      })),
    );
  }
  return conflicts.map(
    ({ tag, kept }) =>
      `${name}: tag ${tag} is immutable in ${repository} and stays with ${kept}; the image goes on by its digest.`,
  );
}
