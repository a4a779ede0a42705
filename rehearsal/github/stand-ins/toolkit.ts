import { appendFileSync } from 'node:fs';

/** What a stand-in needs of GitHub's contract with an action: inputs, variables, outputs. */
export function input(name: string): string {
  return (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
}

/** @throws Error that names a variable which the runner did not give. */
export function variable(name: string, remedy = 'the runner gives it to every step'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: ${remedy}`);
  return value;
}

export function setVariable(name: string, value: string): void {
  appendFileSync(variable('GITHUB_ENV'), `${name}=${value}\n`);
}

/** Runs a stand-in; what it throws is the step's error. */
export async function run(main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.log(`::error::${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
