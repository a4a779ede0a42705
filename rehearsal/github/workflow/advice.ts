/** Contexts that expressions know (https://docs.github.com/actions/reference/contexts-reference). */
const CONTEXTS = [
  ...['github', 'env', 'vars', 'job', 'jobs', 'steps', 'runner'],
  ...['secrets', 'strategy', 'matrix', 'needs', 'inputs'],
];
const FUNCTIONS = [
  ...['contains', 'startsWith', 'endsWith', 'format', 'join', 'toJSON', 'fromJSON', 'hashFiles', 'case'],
  ...['success', 'failure', 'cancelled', 'always'],
];
/** What may stand in a step, in a job and in a workflow. */
const KEYS = [
  ...['name', 'id', 'if', 'uses', 'with', 'run', 'working-directory', 'shell', 'env', 'continue-on-error'],
  ...['timeout-minutes', 'needs', 'runs-on', 'environment', 'outputs', 'strategy', 'container', 'services'],
  ...['secrets', 'steps', 'permissions', 'defaults', 'concurrency', 'on', 'run-name', 'jobs'],
];

/** What GitHub's parser says of a workflow, and what to do about it where it does not say that itself. */
export function advised(message: string): string {
  const [, context] = /^Unrecognized named-value: '(.+)'/.exec(message) ?? [];
  if (context !== undefined) return `${message}. ${adviceOnContext(context)}`;
  const [, name] = /^Unrecognized function: '(.+)'/.exec(message) ?? [];
  if (name !== undefined) return `${message}. ${suggestion(name, FUNCTIONS)}`;
  const [, key] = /^Unexpected value '([a-z-]+)'/.exec(message) ?? [];
  if (key !== undefined && nearest(key, KEYS)) return `${message}. ${suggestion(key, KEYS)}`;
  if (/^Unexpected symbol: '"/.test(message)) return `${message}. Texts stand in single quotes.`;
  return message;
}

function adviceOnContext(name: string): string {
  return CONTEXTS.includes(name)
    ? `${name} is not known at this place yet: what is known where stands in GitHub’s contexts reference.`
    : suggestion(name, CONTEXTS);
}

/** `Did you mean steps?`, or what there is when nothing is alike. */
export function suggestion(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return close === undefined ? `There are ${known.join(', ') || 'none'}.` : `Did you mean ${close}?`;
}

/** The name that somebody may have meant: at most a third of its letters are others. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(name.length, other.length) / 3)
    .sort((left, right) => left.distance - right.distance);
  return best?.other;
}

/** Letters to put in, to leave out or to replace (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...to].entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
