/** What {{name}} can stand for: a text, or any JSON value that a capture took. */
export type Values = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const WHOLE = /^\{\{\s*([^{}]*?)\s*\}\}$/;

/** The names used in a value, in any depth. */
export function namesUsed(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  if (Array.isArray(value)) return value.flatMap(namesUsed);
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(namesUsed);
  return [];
}

/** Fills {{name}} in. A text that is nothing but {{name}} becomes the value itself and keeps its type. */
export function fill(value: unknown, values: Values): unknown {
  if (typeof value === 'string') {
    const whole = WHOLE.exec(value)?.[1];
    return whole === undefined ? fillText(value, values) : values[whole];
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
  }
  return value;
}

/** Fills {{name}} in and stays a text. */
export function fillText(text: string, values: Values): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) => asText(values[name]));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
