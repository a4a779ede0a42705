import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];
export interface Position {
  line: number;
  column: number;
}

/** A YAML text, its value, and where in the text each part of the value is written. */
export interface SourceDocument {
  value: unknown;
  syntaxFaults: (Position & { message: string })[];
  /** Of the value at a path, or of its nearest ancestor that is there. */
  locate(path: Path): Position;
  /** Of a key itself. */
  locateKey(path: Path): Position;
}

export function readDocument(text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const broken = document.errors.length > 0;
  return {
    value: broken ? undefined : document.toJS({ maxAliasCount: 100 }),
    syntaxFaults: document.errors.map((error) => ({
      ...at(error.pos[0]),
      message: error.code === 'DUPLICATE_KEY' ? 'a key is there twice in one map' : error.message,
    })),
    locate: (path) => at(offsetOf(document, path)),
    locateKey: (path) => at(keyOffset(document, path) ?? offsetOf(document, path)),
  };
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return (pair?.key as Node | undefined)?.range?.[0];
}

/** `checks[0].steps[1].asserts[2].jsonpath` */
export function formatPath(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.replace(/^\./, '') || 'suite';
}
