import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ManifestError, type ManifestFault } from './fault.ts';
import { type Manifest, manifestSchema } from './manifest.ts';
import { type Finding, validateManifest } from './validate.ts';

/**
 * Reads and checks a release manifest.
 * @throws ManifestError with every fault at once, each with its line and column.
 */
export function loadManifest(file: string): Manifest {
  return parseManifest(readFileSync(file, 'utf8'), file);
}

/** @param file is only named in faults. */
export function parseManifest(text: string, file = 'pika.yml'): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ManifestError(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        const duplicate = error.code === 'DUPLICATE_KEY';
        return {
          file,
          line,
          column: col,
          path: '(yaml)',
          message: duplicate
            ? `the key ${keyAt(text, error.pos[0])} is there twice`
            : (error.message.split('\n')[0] ?? ''),
        };
      }),
    );
  }
  const locate = (finding: Finding): ManifestFault => ({
    file,
    ...positionOf(document, lines, finding.path),
    path: finding.path.join('.') || '(manifest)',
    message: finding.message,
  });
  const parsed = manifestSchema.safeParse(document.toJS());
  if (!parsed.success) throw new ManifestError(parsed.error.issues.flatMap(explainIssue).map(locate));
  const findings = validateManifest(parsed.data);
  if (findings.length > 0) throw new ManifestError(findings.map(locate));
  return parsed.data;
}

function keyAt(text: string, offset: number): string {
  return JSON.stringify(/^[^:\s]+/.exec(text.slice(offset))?.[0] ?? '');
}

function explainIssue(issue: z.core.$ZodIssue): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a key that is known here' }));
  }
  return [{ path, message: issue.message }];
}

/** Position of the value at `path`, or of its nearest ancestor that is there. */
function positionOf(document: Document, lines: LineCounter, path: readonly (string | number)[]) {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}
