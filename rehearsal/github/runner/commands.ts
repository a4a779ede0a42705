import type { Annotation } from './result.ts';

/** What a step says to the runner on its standard output (`::name key=value::data`). */
export type Command =
  | { kind: 'mask'; value: string }
  | { kind: 'annotation'; annotation: Annotation }
  | { kind: 'state' | 'output'; name: string; value: string }
  | { kind: 'stop'; token: string }
  | { kind: 'group'; title: string }
  /** Heard, and nothing of it is shown. */
  | { kind: 'silent' }
  /** GitHub has taken it away, because a log could set anything by it. */
  | { kind: 'disabled'; name: string };

/** @returns undefined when the line is no command that GitHub's runner knows: then it is only a line. */
export function parseCommand(line: string): Command | undefined {
  const text = line.trim();
  const end = text.startsWith('::') ? text.indexOf('::', 2) : -1;
  if (end < 0) return undefined;
  const head = text.slice(2, end);
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  const properties = space < 0 ? {} : parseProperties(head.slice(space + 1).trim());
  return commandOf(name, properties, unescapeData(text.slice(end + 2)));
}

function commandOf(name: string, properties: Record<string, string>, value: string): Command | undefined {
  switch (name) {
    case 'add-mask':
      return { kind: 'mask', value };
    case 'error':
    case 'warning':
    case 'notice':
      return { kind: 'annotation', annotation: annotationOf(name, value, properties) };
    case 'save-state':
      return { kind: 'state', name: properties.name ?? '', value };
    case 'set-output':
      return { kind: 'output', name: properties.name ?? '', value };
    case 'stop-commands':
      return { kind: 'stop', token: value };
    case 'group':
      return { kind: 'group', title: value };
    case 'endgroup':
    case 'debug':
    case 'echo':
    case 'add-matcher':
    case 'remove-matcher':
      return { kind: 'silent' };
    case 'set-env':
    case 'add-path':
      return { kind: 'disabled', name };
    default:
      return undefined;
  }
}

function annotationOf(
  level: Annotation['level'],
  message: string,
  properties: Record<string, string>,
): Annotation {
  const line = Number(properties.line);
  return {
    level,
    message,
    ...(properties.file ? { file: properties.file } : {}),
    ...(Number.isInteger(line) && line > 0 ? { line } : {}),
    ...(properties.title ? { title: properties.title } : {}),
  };
}

function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .map((pair) => pair.split(/=(.*)/s))
      .filter(([name, value]) => name?.trim() && value)
      .map(([name = '', value = '']) => [name.trim(), unescapeProperty(value)]),
  );
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}
