import { textOf } from '../expressions/evaluate.ts';
import type { CallTrigger } from '../workflow/trigger.ts';
import { WorkflowFault } from '../workflow/workflow.ts';

type Declaration = NonNullable<NonNullable<CallTrigger['inputs']>[string]>;

/** Given inputs against declared ones, each in its declared type. @throws WorkflowFault with all faults. */
export function checkInputs(
  trigger: CallTrigger,
  given: Readonly<Record<string, unknown>>,
  path: string,
): Record<string, unknown> {
  const declared = trigger.inputs ?? {};
  const faults = Object.keys(given)
    .filter((name) => !(name in declared))
    .map(
      (name) =>
        `${path}: input ${name} is not declared; declared: ${Object.keys(declared).join(', ') || 'none'}`,
    );
  const values: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(declared)) {
    const value = given[name] ?? declaration?.default ?? undefined;
    if (value === undefined && declaration?.required) {
      faults.push(`${path}: input ${name} is required and was not given`);
    }
    const fault = value === undefined ? undefined : faultOf(value, declaration ?? undefined);
    if (fault) faults.push(`${path}: input ${name} is ${JSON.stringify(value)}; ${fault}`);
    values[name] = typed(value, declaration?.type);
  }
  if (faults.length > 0) throw new WorkflowFault(faults);
  return values;
}

function faultOf(value: unknown, declaration: Declaration | undefined): string | undefined {
  const text = String(value);
  const options = declaration?.options;
  if (options && !options.includes(text)) return `allowed: ${options.join(', ')}`;
  if (declaration?.type === 'boolean' && !/^(true|false)$/i.test(text)) return 'allowed: true, false';
  if (declaration?.type === 'number' && !Number.isFinite(Number(text))) return 'a number is wanted';
  return undefined;
}

function typed(value: unknown, type: Declaration['type'] = 'string'): unknown {
  if (type === 'boolean') return /^true$/i.test(String(value));
  if (type === 'number') return Number(value ?? 0);
  return textOf(value ?? '');
}
