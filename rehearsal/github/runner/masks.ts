/** What no log may show: secrets, each of their lines, and what they become when they are encoded. */
export interface Masks {
  add(secret: string): void;
  hide(text: string): string;
  /** Whether a text holds any of them. */
  finds(text: string): boolean;
}

export function createMasks(secrets: Iterable<string> = []): Masks {
  const hidden = new Set<string>();
  const add = (secret: string) => {
    for (const value of new Set([secret, ...secret.split(/[\r\n]+/)])) {
      if (value.trim() === '') continue;
      for (const variant of variantsOf(value)) hidden.add(variant);
    }
  };
  for (const secret of secrets) add(secret);
  return { add, hide: (text) => hide(text, hidden), finds: (text) => rangesOf(text, hidden).length > 0 };
}

/** Shorter pieces of base64 would hide words that only look alike. */
const SHORTEST_PIECE = 8;

/** As GitHub's runner knows them: as it is, in JSON, in a URL, in XML, in base64 wherever it begins there. */
function variantsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  const pieces = [0, 1, 2]
    .map((shift) => bytes.subarray(shift))
    .map((rest) => rest.subarray(0, Math.floor(rest.length / 3) * 3).toString('base64'))
    .filter((piece) => piece.length >= SHORTEST_PIECE);
  return new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ...pieces,
  ]);
}

interface Range {
  start: number;
  end: number;
}

/** Where secrets stand in a text, in order; those that overlap are one. */
function rangesOf(text: string, secrets: ReadonlySet<string>): Range[] {
  const found: Range[] = [];
  for (const secret of secrets) {
    for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + 1)) {
      found.push({ start, end: start + secret.length });
    }
  }
  return found
    .sort((left, right) => left.start - right.start)
    .reduce<Range[]>((merged, range) => {
      const last = merged.at(-1);
      if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
      else merged.push(range);
      return merged;
    }, []);
}

function hide(text: string, secrets: ReadonlySet<string>): string {
  let hidden = '';
  let from = 0;
  for (const { start, end } of rangesOf(text, secrets)) {
    hidden += `${text.slice(from, start)}***`;
    from = end;
  }
  return hidden + text.slice(from);
}
