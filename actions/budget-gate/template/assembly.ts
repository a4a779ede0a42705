import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, relative } from 'node:path';
import { type Fault, FaultsError } from '../../common/fault.ts';
import { parseTemplate, type Template } from './document.ts';
import { asList, asRecord } from './json.ts';
import type { Stack } from './stack.ts';

/** Where a template without an assembly would be deployed. */
export interface Target {
  region: string;
  account: string;
}

/**
 * Reads every stack below `path`: a CDK cloud assembly with its stages, a folder of templates, or one template.
 * @param target holds for stacks that do not say themselves where they go.
 * @throws FaultsError with every template that cannot be read, or when there is none.
 */
export function readStacks(path: string, target: Target): Stack[] {
  if (!existsSync(path)) {
    throw new FaultsError([
      {
        subject: `templates ${path}`,
        message: 'there is no such file or folder',
        remedy: 'Synthesize first (cdk synth), or give the path of a template or a cloud assembly',
      },
    ]);
  }
  const root = statSync(path).isDirectory() ? path : dirname(path);
  const faults: Fault[] = [];
  const stacks = sourcesBelow(path, target).flatMap((source) => readStack(source, root, faults));
  if (faults.length > 0) throw new FaultsError(faults);
  if (stacks.length === 0) {
    throw new FaultsError([
      {
        subject: `templates ${path}`,
        message: 'there is no template in it',
        remedy: 'A template ends in .json, .yml, .yaml or .template and has Resources',
      },
    ]);
  }
  return uniquelyNamed(stacks);
}

interface Source {
  file: string;
  name: string;
  region: string;
  account: string;
  stage?: string;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
}

function sourcesBelow(path: string, target: Target): Source[] {
  if (!statSync(path).isDirectory()) return [plainSource(path, target)];
  if (existsSync(join(path, 'manifest.json'))) return assemblySources(path, target);
  return readdirSync(path, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesBelow(child, target);
      return isTemplateFile(child) ? [plainSource(child, target)] : [];
    });
}

function isTemplateFile(file: string): boolean {
  if (!['.json', '.yml', '.yaml', '.template'].includes(extname(file))) return false;
  return (
    /^[ \t]*["']?Resources["']?[ \t]*:/m.test(readFileSync(file, 'utf8')) || file.endsWith('.template.json')
  );
}

function plainSource(file: string, target: Target): Source {
  const name = (file.split('/').at(-1) ?? file).replace(/(\.template)?\.[a-z]+$/, '');
  return { file, name, ...target, tags: {}, metadata: {} };
}

/** https://docs.aws.amazon.com/cdk/v2/guide/deploy.html and cloud-assembly-schema's manifest.json */
function assemblySources(folder: string, target: Target, stage?: string): Source[] {
  const file = join(folder, 'manifest.json');
  const manifest = parseManifest(file);
  return Object.entries(asRecord(manifest.artifacts)).flatMap(([artifactId, artifact]): Source[] => {
    const { type, properties, environment, displayName, metadata, additionalMetadataFile } =
      asRecord(artifact);
    const { directoryName, templateFile, stackName, tags } = asRecord(properties);
    if (type === 'cdk:cloud-assembly' && typeof directoryName === 'string') {
      const name = String(asRecord(properties).displayName ?? displayName ?? artifactId);
      return assemblySources(join(folder, directoryName), target, name.replace(/^assembly-/, ''));
    }
    if (type !== 'aws:cloudformation:stack' || typeof templateFile !== 'string') return [];
    return [
      {
        file: join(folder, templateFile),
        name: typeof stackName === 'string' ? stackName : artifactId,
        ...deployedTo(environment, target),
        ...(stage === undefined ? {} : { stage }),
        tags: Object.fromEntries(Object.entries(asRecord(tags)).map(([key, value]) => [key, String(value)])),
        metadata: { ...asRecord(metadata), ...additionalMetadata(folder, additionalMetadataFile) },
      },
    ];
  });
}

/** Newer assemblies keep the metadata of a stack in a file of its own. */
function additionalMetadata(folder: string, name: unknown): Record<string, unknown> {
  if (typeof name !== 'string' || !existsSync(join(folder, name))) return {};
  return parseManifest(join(folder, name));
}

function parseManifest(file: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new FaultsError([
      {
        subject: file,
        message: `is no cloud assembly: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'Synthesize it again',
      },
    ]);
  }
}

/** `aws://ACCOUNT/REGION`, either of which may be unknown. */
function deployedTo(environment: unknown, target: Target): Target {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(String(environment)) ?? [];
  return {
    account: account === '' || account === 'unknown-account' ? target.account : account,
    region: region === '' || region === 'unknown-region' ? target.region : region,
  };
}

function readStack(source: Source, root: string, faults: Fault[]): Stack[] {
  const file = relative(root, source.file) || source.file;
  try {
    const template = parseTemplate(readFileSync(source.file, 'utf8'), file);
    const { metadata, ...rest } = source;
    const stack = {
      ...rest,
      tags: { ...commonTags(template), ...source.tags },
      id: source.name,
      file,
      template,
      parameters: {},
      sources: constructSources(metadata),
    };
    return [stack, ...nestedStacks(stack, dirname(source.file), root, faults)];
  } catch (error) {
    if (error instanceof FaultsError) faults.push(...error.faults);
    else faults.push({ subject: file, message: `cannot be read: ${String(error)}` });
    return [];
  }
}

/** Nested stacks of an assembly: their template lies beside the parent's, named by its metadata. */
function nestedStacks(parent: Stack, folder: string, root: string, faults: Fault[]): Stack[] {
  return Object.entries(parent.template.Resources).flatMap(([logicalId, body]): Stack[] => {
    const asset = body.Metadata['aws:asset:path'];
    if (body.Type !== 'AWS::CloudFormation::Stack' || typeof asset !== 'string') return [];
    const path = isAbsolute(asset) ? asset : join(folder, asset);
    const file = relative(root, path);
    if (!existsSync(path)) {
      faults.push({
        subject: `${parent.file} at Resources.${logicalId}`,
        message: `its template ${file} is not there`,
      });
      return [];
    }
    const template: Template = parseTemplate(readFileSync(path, 'utf8'), file);
    const nested: Stack = {
      ...parent,
      id: `${parent.id}/${logicalId}`,
      name: `${parent.name}-${logicalId}`,
      file,
      template,
      parameters: asRecord(body.Properties.Parameters),
      sources: {},
    };
    return [nested, ...nestedStacks(nested, dirname(path), root, faults)];
  });
}

/**
 * Where constructs are written: `aws:cdk:creationStack` of the metadata that also has the logical id, or, in
 * older assemblies, the trace of that entry. Files below the working directory are named from there.
 */
function constructSources(metadata: Record<string, unknown>): Record<string, string> {
  const found = Object.values(metadata).flatMap((group): [string, string][] => {
    const entries = asList(group).map(asRecord);
    const named = entries.find(({ type }) => type === 'aws:cdk:logicalId');
    const created = entries.find(({ type }) => type === 'aws:cdk:creationStack');
    const place = placeOf([...asList(created?.data), ...asList(named?.trace)].map(String));
    return named && place !== undefined ? [[String(named.data), place]] : [];
  });
  return Object.fromEntries(found);
}

/** The first frame in a file that is no dependency's. */
function placeOf(frames: readonly string[]): string | undefined {
  for (const frame of frames) {
    const [, path = '', line] = /\(?((?:file:\/\/)?\/[^\s()]+\.[cm]?[jt]s):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (path === '' || path.includes('/node_modules/')) continue;
    const file = relative(process.cwd(), path.replace(/^file:\/\//, ''));
    return file.startsWith('..') ? undefined : `${file}:${line}`;
  }
  return undefined;
}

/** Tags that every tagged resource of a stack has alike were given to the stack. */
function commonTags(template: Template): Record<string, string> {
  const lists = Object.values(template.Resources)
    .map(({ Properties }) => asList(Properties.Tags).map(asRecord))
    .filter((tags) => tags.some(({ Key, Value }) => typeof Key === 'string' && typeof Value === 'string'))
    .map((tags) => new Map(tags.map(({ Key, Value }) => [String(Key), Value])));
  const [first, ...others] = lists;
  const common = [...(first ?? [])].filter(([key, value]) => others.every((tags) => tags.get(key) === value));
  return Object.fromEntries(common.map(([key, value]) => [key, String(value)]));
}

/** The same stack name may be there once per region. */
function uniquelyNamed(stacks: readonly Stack[]): Stack[] {
  const seen = new Map<string, number>();
  return stacks.map((stack) => {
    const count = (seen.get(stack.id) ?? 0) + 1;
    seen.set(stack.id, count);
    return count === 1 ? stack : { ...stack, id: `${stack.id}#${count}` };
  });
}
