import { textOf } from '../expressions/evaluate.ts';
import { type CallTrigger, WorkflowFault } from '../workflow/workflow.ts';

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
    if (value === undefined && declaration?.required)
      faults.push(`${path}: input ${name} is required and was not given`);
    const type = declaration?.type ?? 'string';
    if (type === 'boolean') values[name] = value === true || value === 'true';
    else if (type === 'number') values[name] = Number(value ?? 0);
    else values[name] = textOf(value ?? '');
    if (declaration?.options && value !== undefined && !declaration.options.includes(String(value))) {
      faults.push(
        `${path}: input ${name} is ${JSON.stringify(value)}; allowed: ${declaration.options.join(', ')}`,
      );
    }
  }
  if (faults.length > 0) throw new WorkflowFault(faults);
  return values;
}
