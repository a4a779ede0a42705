import { awsError } from '../../kernel/error.ts';
import { resolve } from '../template/intrinsics.ts';
import { scopeOf } from './scope.ts';
import { type Blueprint, type CloudFormation, exportsOf, type Stack } from './state.ts';

/** @throws AwsError ValidationError when an export's name is taken, or one that others import would go or change. */
export function outputsOf(room: CloudFormation, stack: Stack, blueprint: Blueprint): Stack['outputs'] {
  const scope = scopeOf(room, stack, blueprint);
  const outputs = Object.entries(blueprint.template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition))
    .map(([key, { Value, Description, Export }]) => ({
      key,
      value: String(resolve(Value, scope) ?? ''),
      description: Description,
      exportName: Export === undefined ? undefined : String(resolve(Export.Name, scope)),
    }));
  const taken = exportsOf(room);
  for (const { exportName } of outputs) {
    const owner = exportName === undefined ? undefined : taken.get(exportName)?.stack;
    if (owner && owner !== stack) {
      throw awsError(
        'ValidationError',
        `Export with name ${exportName} is already exported by stack ${owner.name}.`,
      );
    }
  }
  checkImports(room, stack, new Map(outputs.map(({ exportName, value }) => [exportName, value])));
  return outputs;
}

/** @param next what the stack will export */
function checkImports(
  room: CloudFormation,
  stack: Stack,
  next: ReadonlyMap<string | undefined, string>,
): void {
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined || next.get(exportName) === value) continue;
    const users = importersOf(room, exportName);
    if (users.length === 0) continue;
    const names = users.map(({ name }) => name).join(' and ');
    throw awsError(
      'ValidationError',
      next.has(exportName)
        ? `Cannot update export ${exportName} as it is in use by ${names}`
        : `Cannot delete export ${exportName} as it is in use by ${names}`,
    );
  }
}

/** The stacks that import a value. */
export function importersOf({ stacks }: CloudFormation, exportName: string): Stack[] {
  const quoted = JSON.stringify(exportName);
  return [...stacks.values()].filter(
    ({ status, blueprint }) =>
      status !== 'DELETE_COMPLETE' &&
      blueprint !== undefined &&
      JSON.stringify(blueprint.template.Resources).includes(`"Fn::ImportValue":${quoted}`),
  );
}
