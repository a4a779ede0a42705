import { type Fault, FaultsError } from '../common/fault.ts';
import type { Stack } from './template/stack.ts';

/** One line of the input `parameters`: `STACK.PARAMETER=VALUE`, or `PARAMETER=VALUE` for every stack. */
export interface GivenParameter {
  stack?: string;
  name: string;
  value: string;
}

/** @throws FaultsError with every line that is none. */
export function parseParameters(lines: readonly string[]): GivenParameter[] {
  const faults: Fault[] = [];
  const given = lines.flatMap((line): GivenParameter[] => {
    const match = /^(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9]+)=(.*)$/.exec(line);
    if (!match) {
      faults.push({
        subject: 'input parameters',
        message: `${JSON.stringify(line)} is no parameter`,
        remedy: 'A line is STACK.PARAMETER=VALUE, or PARAMETER=VALUE for every stack that has it',
      });
      return [];
    }
    const [, stack, name = '', value = ''] = match;
    return [{ name, value, ...(stack === undefined ? {} : { stack }) }];
  });
  if (faults.length > 0) throw new FaultsError(faults);
  return given;
}

/** Gives the stacks the values of their parameters. @throws FaultsError for a value that no stack takes. */
export function withParameters(stacks: readonly Stack[], given: readonly GivenParameter[]): Stack[] {
  const takes = (stack: Stack, parameter: GivenParameter) =>
    (parameter.stack === undefined || parameter.stack === stack.name) &&
    Object.hasOwn(stack.template.Parameters, parameter.name);
  const unused = given.filter((parameter) => !stacks.some((stack) => takes(stack, parameter)));
  if (unused.length > 0) {
    throw new FaultsError(
      unused.map(({ stack, name }) => ({
        subject: 'input parameters',
        message: `${stack === undefined ? '' : `${stack}.`}${name}: no template has such a parameter`,
        remedy: `Stacks: ${stacks.map((each) => each.name).join(', ')}`,
      })),
    );
  }
  return stacks.map((stack) => {
    const own = given.filter((parameter) => takes(stack, parameter)).map(({ name, value }) => [name, value]);
    return { ...stack, parameters: { ...stack.parameters, ...Object.fromEntries(own) } };
  });
}
