import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files by which a step speaks to the runner (https://docs.github.com/actions/reference/workflow-commands-for-github-actions). */
export interface CommandFiles {
  environment: Record<
    'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_ENV' | 'GITHUB_PATH' | 'GITHUB_STEP_SUMMARY',
    string
  >;
  outputs(): Record<string, string>;
  state(): Record<string, string>;
  variables(): Record<string, string>;
  /** Folders for the PATH, the last one that was added first. */
  paths(): string[];
  summary(): string;
}

export function createCommandFiles(folder: string): CommandFiles {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => {
    const path = join(folder, `${name}-${randomUUID()}`);
    writeFileSync(path, '');
    return path;
  };
  const environment = {
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STEP_SUMMARY: file('summary'),
  };
  const read = (name: keyof typeof environment) => {
    try {
      return parseCommandFile(readFileSync(environment[name], 'utf8'));
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    environment,
    outputs: () => read('GITHUB_OUTPUT'),
    state: () => read('GITHUB_STATE'),
    variables: () => allowedVariables(read('GITHUB_ENV')),
    paths: () =>
      readFileSync(environment.GITHUB_PATH, 'utf8')
        .split(/\r?\n/)
        .filter((line) => line !== '')
        .reverse(),
    summary: () => readFileSync(environment.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

/** A step that could set NODE_OPTIONS would run its code in every action after it. */
function allowedVariables(variables: Record<string, string>): Record<string, string> {
  const refused = Object.keys(variables).find((name) => name.toUpperCase() === 'NODE_OPTIONS');
  if (refused)
    throw new Error(`GITHUB_ENV: ${refused} cannot be set for other steps; set it by the step's env`);
  return variables;
}

/** `name=value` lines and `name<<DELIMITER` blocks; a later value replaces an earlier one. */
export function parseCommandFile(text: string): Record<string, string> {
  // A name such as __proto__ is a name like any other.
  const values = new Map<string, string>();
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '' || line === '\r') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (block >= 0 && (equals < 0 || block < equals)) {
      const { name, value, end } = readBlock(lines, index, block);
      values.set(name, value);
      index = end;
    } else {
      if (equals < 1) throw new Error(`${JSON.stringify(line)} is neither name=value nor name<<DELIMITER`);
      values.set(line.slice(0, equals), line.slice(equals + 1));
    }
  }
  return Object.fromEntries(values);
}

function readBlock(
  lines: readonly string[],
  first: number,
  at: number,
): { name: string; value: string; end: number } {
  const line = lines[first] ?? '';
  const name = line.slice(0, at);
  const delimiter = line.slice(at + 2);
  if (name === '' || delimiter === '')
    throw new Error(`${JSON.stringify(line)}: name and delimiter must not be empty`);
  const end = lines.indexOf(delimiter, first + 1);
  if (end < 0) throw new Error(`${name}: the delimiter ${delimiter} does not come again`);
  return { name, value: lines.slice(first + 1, end).join('\n'), end };
}
