/**
 * A health check's words as a program and its arguments. Without a network namespace of the task's own,
 * `localhost` in a check means the task's address.
 */
export function checkWords(command: readonly string[], address: string): [string, ...string[]] {
  const [kind = '', ...rest] = command.map((word) => word.replace(/\b(localhost|127\.0\.0\.1)\b/g, address));
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', rest.join(' ')];
  const [file = '/bin/false', ...args] = kind === 'CMD' ? rest : [kind, ...rest];
  return [file, ...args];
}
