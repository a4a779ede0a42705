import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * SHA-256 over the SHA-256 of every file that matches, as GitHub's runner does; '' when none does. Files are taken in
 * the order of their paths, where GitHub takes them as the folder lists them.
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const rules = patterns
    .flatMap((pattern) => pattern.split('\n'))
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '' && !pattern.startsWith('#'))
    .map((pattern) => ({
      takes: !pattern.startsWith('!'),
      expression: expressionOf(pattern.replace(/^!/, '')),
    }));
  const files = readdirSync(workspace, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(workspace, join(entry.parentPath, entry.name)))
    .filter((file) =>
      rules.reduce((taken, { takes, expression }) => (expression.test(file) ? takes : taken), false),
    )
    .sort();
  if (files.length === 0) return '';
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(
      createHash('sha256')
        .update(readFileSync(join(workspace, file)))
        .digest(),
    );
  }
  return hash.digest('hex');
}

/** A pattern matches hidden files too, and with a folder all that is in it. */
function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replace(/^\.\//, '')
    .replace(/\/$/, '')
    .replaceAll(/\*\*\/?|\*|\?|[.^$(){}|+\\/]/g, (part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : `\\${part}`;
    });
  return new RegExp(`^${source}(?:/.*)?$`);
}
