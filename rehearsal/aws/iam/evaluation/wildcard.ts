/** A star and a question mark that stand for themselves, as `${*}` and `${?}` in a policy do. */
const LITERAL: Readonly<Record<string, string>> = { '*': '\uE000', '?': '\uE001' };
const PLAIN = new Map(Object.entries(LITERAL).map(([plain, literal]) => [literal, plain]));

export const literal = (text: string) => text.replaceAll(/[*?]/g, (symbol) => LITERAL[symbol] ?? symbol);
export const plain = (text: string) =>
  text.replaceAll(/[\uE000\uE001]/g, (symbol) => PLAIN.get(symbol) ?? symbol);

/**
 * Whether a pattern of a policy, with `*` for any text and `?` for any character, is the whole text.
 * Linear in its steps back: a star is only ever widened, so no pattern of a policy can take long.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [at, next, star, resume] = [0, 0, -1, 0];
  while (next < text.length) {
    const symbol = pattern[at];
    if (symbol === '*') {
      star = at++;
      resume = next;
    } else if (symbol === '?' || (symbol !== undefined && (PLAIN.get(symbol) ?? symbol) === text[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** ARNs are compared part by part, so that a star does not reach over a colon before the resource. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [patterns, parts] = [arnParts(pattern), arnParts(arn)];
  return (
    patterns.length === parts.length &&
    patterns.every((part, index) => matchesWildcard(part, parts[index] ?? ''))
  );
}

/** Six parts, of which the last keeps its colons. */
function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
