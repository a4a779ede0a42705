import { awsError } from '../kernel/error.ts';

/** @throws ValidationError unless the name is 1–32 letters, digits and inner hyphens. */
export function validateName(noun: 'load balancer' | 'target group', name: string): void {
  const subject = `${noun.charAt(0).toUpperCase()}${noun.slice(1)} name '${name}'`;
  const fault = faultOf(name, noun);
  if (fault !== undefined) throw awsError('ValidationError', `${subject} ${fault}`);
}

function faultOf(name: string, noun: string): string | undefined {
  if (name === '') return 'cannot be empty';
  if (name.length > 32) return "cannot be longer than '32' characters";
  if (!/^[A-Za-z0-9-]+$/.test(name))
    return 'can only contain characters that are alphanumeric characters or hyphens(-)';
  if (name.startsWith('-') || name.endsWith('-')) return 'cannot begin or end with a hyphen(-)';
  if (noun === 'load balancer' && name.startsWith('internal-')) return "cannot begin with 'internal-'";
  return undefined;
}
