import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { locatedFaults, readYaml, type YamlFile } from './yaml-file.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const input = z.looseObject({ required: z.boolean().optional(), default: scalar.optional() });

const compositeStep = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  with: z.record(z.string(), scalar).nullish(),
  env: z.record(z.string(), scalar).nullish(),
  'working-directory': z.string().optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
});

const runs = z.discriminatedUnion(
  'using',
  [
    z.looseObject({
      using: z.literal('node24'),
      main: z.string(),
      pre: z.string().optional(),
      'pre-if': z.string().optional(),
      post: z.string().optional(),
      'post-if': z.string().optional(),
    }),
    z.looseObject({ using: z.literal('composite'), steps: z.array(compositeStep) }),
  ],
  { error: ({ input }) => `${usingOf(input)} is not rehearsed; write node24 or composite` },
);

function usingOf(runs: unknown): string {
  return typeof runs === 'object' && runs !== null && 'using' in runs ? String(runs.using) : 'nothing';
}

/** `action.yml` (https://docs.github.com/actions/reference/metadata-syntax-for-github-actions). */
const schema = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  inputs: z.record(z.string(), input.nullable()).nullish(),
  outputs: z.record(z.string(), z.looseObject({ value: z.string().optional() }).nullable()).nullish(),
  runs,
});

export type Action = z.infer<typeof schema> & {
  folder: string;
  /** `file:line:column` of a value in its `action.yml`. */
  at: YamlFile['at'];
};
export type JavaScriptRuns = Extract<Action['runs'], { using: 'node24' }>;
export type CompositeRuns = Extract<Action['runs'], { using: 'composite' }>;

/** @throws Error when the folder has no `action.yml` that can be run here. */
export function readAction(folder: string): Action {
  const file = ['action.yml', 'action.yaml'].map((name) => join(folder, name)).find(existsSync);
  if (!file) throw new Error(`${folder} has no action.yml: there is no action to use`);
  const yaml = readYaml(file, file);
  const parsed = schema.safeParse(yaml.value);
  if (yaml.faults.length > 0) throw new Error(yaml.faults[0]);
  if (!parsed.success) throw new Error(locatedFaults(parsed.error, yaml).join('\n'));
  return { ...parsed.data, folder, at: yaml.at };
}

/** Names that `with` gives and the action does not have; letters may be small or capital. */
export function unknownInputs({ inputs }: Pick<Action, 'inputs'>, given: readonly string[]): string[] {
  const declared = new Set(Object.keys(inputs ?? {}).map((name) => name.toLowerCase()));
  return given.filter((name) => !declared.has(name.toLowerCase()));
}

/**
 * What `with` gives, else the defaults, whose expressions (`${{ github.token }}`) are evaluated.
 * @throws Error for inputs that the action does not have.
 */
export function actionInputs(
  action: Action,
  given: Readonly<Record<string, string>>,
  evaluate: (text: string) => string = (text) => text,
): Record<string, string> {
  const declared = action.inputs ?? {};
  const unknown = unknownInputs(action, Object.keys(given));
  if (unknown.length > 0) {
    throw new Error(
      `${action.name}: unexpected input(s) ${unknown.join(', ')}; valid inputs are ${Object.keys(declared).join(', ')}`,
    );
  }
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    Object.entries(declared).map(([name, declaration]) => [
      name,
      values.get(name.toLowerCase()) ??
        (declaration?.default === undefined ? '' : evaluate(String(declaration.default ?? ''))),
    ]),
  );
}

/** `INPUT_*`: GitHub turns spaces into underscores and keeps hyphens. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ]),
  );
}
