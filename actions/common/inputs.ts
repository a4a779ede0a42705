import { getInput } from '@actions/core';
import type { z } from 'zod';
import { type Fault, FaultsError } from './fault.ts';

// Inputs are texts, few and flat: these readers cost a start nothing, zod 10 ms (docs/decisions/0004-inputs-without-zod.md).

/** Says what is wrong with a text, and where inside it. */
export type Refuse = (message: string, at?: readonly PropertyKey[]) => undefined;

/** Reads the text of an input that was given. Without a value it must have refused. */
type Read<Value> = (text: string, refuse: Refuse) => Value | undefined | Promise<Value | undefined>;

export interface Input<Value> {
  read: Read<Value>;
  /** What it is when it was not given. An input that has none must be given. */
  absent?: { value: Value };
  optional(): Input<Value | undefined>;
  default(value: Value): Input<Value>;
}

export function input<Value>(read: Read<Value>): Input<Value> {
  return {
    read,
    optional: () => ({ ...input<Value | undefined>(read), absent: { value: undefined } }),
    default: (value) => ({ ...input(read), absent: { value } }),
  };
}

type InputTable = Readonly<Record<string, Input<unknown>>>;

type ValueOf<Reader> = Reader extends Input<infer Value> ? Value : never;

/** What a table of inputs is read into. */
export type InputsOf<Table extends InputTable> = {
  [Name in keyof Table as undefined extends ValueOf<Table[Name]> ? never : Name]: ValueOf<Table[Name]>;
} & {
  [Name in keyof Table as undefined extends ValueOf<Table[Name]> ? Name : never]?: ValueOf<Table[Name]>;
};

/**
 * Reads the inputs that a table names, once, into one typed object.
 * An input that is not set, or is empty, counts as absent.
 * @throws FaultsError with every fault, each naming the input and the value it has.
 */
export async function readInputs<Table extends InputTable>(table: Table): Promise<InputsOf<Table>> {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { read, absent }] of Object.entries(table)) {
    const text = getInput(name);
    const subject = `input ${name}`;
    if (text !== '') {
      values[name] = await read(text, (message, at = []) => {
        const where = at.length > 0 ? ` at ${at.map(String).join('.')}` : '';
        faults.push({ subject, message: `${shorten(text)}${where}: ${message}` });
        return undefined;
      });
    } else if (absent) values[name] = absent.value;
    else faults.push({ subject, message: 'is required and was not given' });
  }
  if (faults.length > 0) throw new FaultsError(faults);
  // The compiler does not see that each name has the value that its own reader gave.
  return values as InputsOf<Table>;
}

function shorten(value: string): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…"` : text;
}

/** Any text. */
export const textInput = input((text) => text);

/** A text by a pattern. @param sentence what it must be: `must be a path such as /health` */
export const patternInput = (pattern: RegExp, sentence: string) =>
  input((text, refuse) => (pattern.test(text) ? text : refuse(sentence)));

/** One of a few words. */
export const choiceInput = <const Word extends string>(words: readonly Word[], sentence: string) =>
  input((text, refuse) => words.find((word) => word === text) ?? refuse(sentence));

/** `true` and `false` as YAML 1.2's core schema and @actions/core read them. */
export const booleanInput = input((text, refuse) =>
  /^(true|True|TRUE|false|False|FALSE)$/.test(text)
    ? text.toLowerCase() === 'true'
    : refuse('must be true or false'),
);

/** A whole number within bounds. */
export const integerInput = ({ min, max }: { min: number; max: number }) =>
  input((text, refuse) => {
    if (!/^-?\d+$/.test(text)) return refuse(`must be a whole number from ${min} to ${max}`);
    const number = Number(text);
    return number >= min && number <= max ? number : refuse(`must be from ${min} to ${max}`);
  });

/** A JSON document checked by a schema of its own, which is loaded when there is a document. */
export const jsonInput = <Value>(schema: () => Promise<z.ZodType<Value>>) =>
  input<Value>(async (text, refuse) => {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (error) {
      return refuse(`is not JSON: ${(error as Error).message}`);
    }
    const parsed = (await schema()).safeParse(document);
    if (parsed.success) return parsed.data;
    for (const { message, path } of parsed.error.issues) refuse(message, path);
    return undefined;
  });

/** Items that stand one a line or separated by commas; empty ones are dropped. */
export function itemsOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export const listInput = input(itemsOf);

/** Items by a pattern. @param sentence what each must be */
export const patternListInput = (pattern: RegExp, sentence: string) =>
  input((text, refuse) => {
    const items = itemsOf(text);
    for (const [index, item] of items.entries()) if (!pattern.test(item)) refuse(sentence, [index]);
    return items;
  });

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration such as `90s`, `30m` or `2h`, as milliseconds. */
export const durationInput = input((text, refuse) =>
  /^\d+[smh]$/.test(text)
    ? Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]
    : refuse('must be a duration such as 90s, 30m or 2h'),
);
