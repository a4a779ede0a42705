/**
 * Whether `text` as a whole matches an ELB pattern: `*` stands for any run of characters, `?` for
 * exactly one. Time is bounded by the product of the two lengths, whatever the pattern.
 * @param options.escapes a backslash makes the next `*`, `?` or backslash literal (query strings only).
 */
export function matchesWildcard(pattern: string, text: string, options: { escapes?: boolean } = {}): boolean {
  return matchesTokens(tokenize(pattern, options.escapes ?? false), text);
}

type Token = { type: 'any' } | { type: 'one' } | { type: 'literal'; character: string };

function tokenize(pattern: string, escapes: boolean): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (escapes && character === '\\' && /[*?\\]/.test(pattern.charAt(index + 1))) {
      index += 1;
      tokens.push({ type: 'literal', character: pattern.charAt(index) });
    } else if (character === '*') tokens.push({ type: 'any' });
    else if (character === '?') tokens.push({ type: 'one' });
    else tokens.push({ type: 'literal', character });
  }
  return tokens;
}

/** Greedy with one point to return to: the last `*` takes one more character on each mismatch. */
function matchesTokens(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let position = 0;
  let star = -1;
  let taken = 0;
  while (position < text.length) {
    const current = tokens[token];
    if (current?.type === 'any') {
      star = token;
      taken = position;
      token += 1;
    } else if (current && (current.type === 'one' || current.character === text.charAt(position))) {
      token += 1;
      position += 1;
    } else if (star >= 0) {
      taken += 1;
      position = taken;
      token = star + 1;
    } else return false;
  }
  while (tokens[token]?.type === 'any') token += 1;
  return token === tokens.length;
}
