import type { Annotation } from './result.ts';

/** What a step says to the runner on its standard output (`::name key=value::data`). */
export type Command =
  | { kind: 'mask'; value: string }
  | { kind: 'annotation'; annotation: Annotation }
  | { kind: 'state' | 'output'; name: string; value: string }
  | { kind: 'stop'; token: string }
  | { kind: 'other'; name: string; value: string };

const PATTERN = /^::([a-zA-Z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::([\s\S]*)$/;

/** @returns undefined when the line is no command. */
export function parseCommand(line: string): Command | undefined {
  const match = PATTERN.exec(line.trimStart());
  if (!match) return undefined;
  const name = (match[1] ?? '').toLowerCase();
  const properties = parseProperties(match[2] ?? '');
  const value = unescapeData(match[3] ?? '');
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
    default:
      return { kind: 'other', name, value };
  }
}

function annotationOf(
  level: Annotation['level'],
  message: string,
  properties: Record<string, string>,
): Annotation {
  return {
    level,
    message,
    ...(properties.file ? { file: properties.file } : {}),
    ...(properties.line ? { line: Number(properties.line) } : {}),
    ...(properties.title ? { title: properties.title } : {}),
  };
}

function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.includes('='))
      .map((pair) => [
        pair.slice(0, pair.indexOf('=')).trim(),
        unescapeData(
          pair
            .slice(pair.indexOf('=') + 1)
            .replaceAll('%3A', ':')
            .replaceAll('%2C', ','),
        ),
      ]),
  );
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

/** Hides every secret that is known so far. */
export function mask(text: string, secrets: ReadonlySet<string>): string {
  let masked = text;
  for (const secret of [...secrets].sort((left, right) => right.length - left.length)) {
    if (secret.trim() !== '') masked = masked.replaceAll(secret, '***');
  }
  return masked;
}
