import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const input = z.looseObject({
  required: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** As much of `action.yml` as running a JavaScript action takes (https://docs.github.com/actions/reference/metadata-syntax-for-github-actions). */
const schema = z.looseObject({
  name: z.string(),
  inputs: z.record(z.string(), input.nullable()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  runs: z.looseObject({
    using: z.literal('node24'),
    main: z.string(),
    pre: z.string().optional(),
    post: z.string().optional(),
  }),
});

export type JavaScriptAction = z.infer<typeof schema> & { folder: string };

/** @throws Error when the folder has no `action.yml` of a JavaScript action for Node 24. */
export function readJavaScriptAction(folder: string): JavaScriptAction {
  const file = join(folder, 'action.yml');
  const parsed = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, folder };
}

/** `INPUT_*` variables: what `with` gives, else the defaults; GitHub keeps hyphens and turns spaces into underscores. */
export function inputVariables(
  action: JavaScriptAction,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) {
    throw new Error(
      `${action.name}: unexpected input(s) ${unknown.join(', ')}; valid inputs are ${Object.keys(action.inputs).join(', ')}`,
    );
  }
  return Object.fromEntries(
    Object.entries(action.inputs).map(([name, declared]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      given[name] ?? String(declared?.default ?? ''),
    ]),
  );
}
