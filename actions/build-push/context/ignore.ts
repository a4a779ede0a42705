import { posix } from 'node:path';

/** Patterns of a .dockerignore file: https://docs.docker.com/build/concepts/context/#dockerignore-files */
export interface Ignore {
  /** Whether a path (from the context, with `/`) is left out. */
  ignores(path: string): boolean;
  /** Whether an ignored folder may have something below it that a `!` pattern brings back. */
  mayBringBack(folder: string): boolean;
}

interface Pattern {
  expression: RegExp;
  /** What it begins with before any wildcard. */
  literal: string;
  isException: boolean;
}

/** A path is matched by a pattern that matches it or a folder above it; the last pattern that matches decides. */
export function parseIgnore(text: string): Ignore {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(patternOf);
  const exceptions = patterns.filter(({ isException }) => isException);
  return {
    ignores: (path) => patterns.findLast(({ expression }) => expression.test(path))?.isException === false,
    mayBringBack: (folder) =>
      exceptions.some(
        ({ literal }) => `${literal}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(literal),
      ),
  };
}

function patternOf(line: string): Pattern[] {
  const text = line.trim();
  if (text === '' || line.startsWith('#')) return [];
  const isException = text.startsWith('!');
  const written = (isException ? text.slice(1) : text).trim();
  const pattern = posix.normalize(written).replace(/^\/+|\/+$/g, '');
  if (pattern === '' || pattern === '.') return [];
  const literal = /^[^*?[\\]*/.exec(pattern)?.[0] ?? '';
  return [{ expression: globExpression(pattern, '(?:/|$)'), literal, isException }];
}

/**
 * Go's filepath.Match, with `**` for any number of folders; what is no pattern matches itself.
 * @param end what must follow, as the source of a regular expression
 */
export function globExpression(pattern: string, end: string): RegExp {
  try {
    return new RegExp(`^${globSource(pattern)}${end}`);
  } catch {
    return new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${end}`);
  }
}

function globSource(pattern: string): string {
  return pattern.replace(
    /\*\*\/|\/\*\*$|\*\*|\*|\?|\[\^?[^\]]+\]|\\([\s\S])|[.+^${}()|[\]\\]/g,
    (part, escaped?: string) => {
      if (escaped !== undefined) return /\w/.test(escaped) ? escaped : `\\${escaped}`;
      switch (part) {
        case '**/':
          return '(?:.*/)?';
        case '/**':
          return '/.*';
        case '**':
          return '.*';
        case '*':
          return '[^/]*';
        case '?':
          return '[^/]';
        default:
          return part.startsWith('[') ? part : `\\${part}`;
      }
    },
  );
}
