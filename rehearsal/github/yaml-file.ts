import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** A YAML file as values, and where in it each of them stands. */
export interface YamlFile {
  value: unknown;
  /** What makes it no YAML at all, each with its line and column. */
  faults: readonly string[];
  /** `file:line:column` of a value, or of the nearest one around it. */
  at(path: readonly PropertyKey[]): string;
}

/** @param name as the file is named in faults. */
export function readYaml(file: string, name: string): YamlFile {
  return parseYaml(readFileSync(file, 'utf8'), name);
}

export function parseYaml(content: string, name: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  return {
    value: document.errors.length > 0 ? undefined : document.toJS(),
    faults: document.errors.map(
      ({ pos, message }) => `${place(pos[0])} ${message.replace(/ at line \d+, column \d+:[\s\S]*$/, '')}`,
    ),
    at: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node: unknown = document.getIn(path.slice(0, length), true);
        const range = rangeOf(node);
        if (range) return place(range[0]);
      }
      return `${name}:1:1`;
    },
  };
}

function rangeOf(node: unknown): readonly [number, ...unknown[]] | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined;
  const [start] = node.range as unknown[];
  return typeof start === 'number' ? [start] : undefined;
}

/** The faults of a schema, each where it is in the file. */
export function locatedFaults(error: z.ZodError, { at }: Pick<YamlFile, 'at'>): string[] {
  return error.issues.map(({ path, message }) => `${at(path)} ${path.map(String).join('.')}: ${message}`);
}
