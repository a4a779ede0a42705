/** How GitHub calls a `shell` (https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell). */
const TEMPLATES: Readonly<Record<string, string>> = {
  '': 'bash -e {0}',
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python3 {0}',
};

/** @throws Error for a shell that this runner does not have. */
export function shellCommand(shell: string | undefined, script: string): { program: string; args: string[] } {
  const template = TEMPLATES[shell ?? ''] ?? shell ?? '';
  if (!template.includes('{0}')) {
    throw new Error(
      `shell ${JSON.stringify(shell)} is not known here; there are bash, sh, python, or a command with {0}, such as node {0}`,
    );
  }
  const [program = 'bash', ...args] = template.split(/\s+/);
  return { program, args: args.map((argument) => argument.replaceAll('{0}', () => script)) };
}
