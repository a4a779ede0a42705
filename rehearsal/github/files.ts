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
  return {
    environment,
    outputs: () => parseCommandFile(readFileSync(environment.GITHUB_OUTPUT, 'utf8')),
    state: () => parseCommandFile(readFileSync(environment.GITHUB_STATE, 'utf8')),
    variables: () => parseCommandFile(readFileSync(environment.GITHUB_ENV, 'utf8')),
    paths: () =>
      readFileSync(environment.GITHUB_PATH, 'utf8')
        .split(/\r?\n/)
        .filter((line) => line !== '')
        .reverse(),
    summary: () => readFileSync(environment.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

/** `name=value` lines and `name<<DELIMITER` blocks; a later value replaces an earlier one. */
export function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc) {
      const end = lines.indexOf(heredoc[2] ?? '', index + 1);
      if (end < 0) throw new Error(`${heredoc[1]}: the delimiter ${heredoc[2]} does not come again`);
      values[heredoc[1] ?? ''] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else if (line !== '') {
      const equals = line.indexOf('=');
      if (equals < 1) throw new Error(`${JSON.stringify(line)} is neither name=value nor name<<DELIMITER`);
      values[line.slice(0, equals)] = line.slice(equals + 1);
    }
  }
  return values;
}
