/** Value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Words as a Dockerfile separates them: quotes and backslashes protect blanks, and are kept. */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s\\])+/g) ?? [];
}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`, and takes the quotes off. Single quotes protect. */
export function expand(text: string, lookup: Lookup): string {
  return text.replace(
    /\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\$\{([^}]*)\}|\$([A-Za-z_]\w*)/g,
    (whole, escaped?: string, single?: string, double?: string, braced?: string, name?: string) => {
      if (escaped !== undefined) return escaped;
      if (single !== undefined) return single;
      if (double !== undefined) return expandDouble(double, lookup);
      if (name !== undefined) return lookup(name) ?? '';
      return braced === undefined ? whole : expandBraced(braced, lookup);
    },
  );
}

/** Within double quotes a backslash protects only what would mean something there. */
function expandDouble(text: string, lookup: Lookup): string {
  return text.replace(
    /\\([\s\S])|\$\{([^}]*)\}|\$([A-Za-z_]\w*)/g,
    (whole, escaped?: string, braced?: string, name?: string) => {
      if (escaped !== undefined) return '"\\$'.includes(escaped) ? escaped : whole;
      return name !== undefined ? (lookup(name) ?? '') : expandBraced(braced ?? '', lookup);
    },
  );
}

function expandBraced(inside: string, lookup: Lookup): string {
  const [, name = '', colon, operator, word = ''] = /^(\w+)(?:(:?)([-+])([\s\S]*))?$/.exec(inside) ?? [];
  const value = lookup(name);
  const isSet = colon ? Boolean(value) : value !== undefined;
  if (operator === '-') return isSet ? (value ?? '') : expand(word, lookup);
  if (operator === '+') return isSet ? expand(word, lookup) : '';
  return value ?? '';
}

/** `NAME=value …`, or the older `NAME value` of ENV and LABEL. */
export function pairsOf(text: string, lookup: Lookup): [string, string][] {
  const words = splitWords(text);
  if (words[0] !== undefined && !words[0].includes('=')) {
    const [, name = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
    return [[name, expand(value, lookup)]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    return [expand(word.slice(0, equals), lookup), expand(word.slice(equals + 1), lookup)];
  });
}

/** The exec form `["a", "b"]`; undefined when it is the shell form. */
export function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
