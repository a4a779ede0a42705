import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A shell that outlives us by a moment: it reads the process groups that run, and when its input
 * ends, because we stopped or were killed, it kills those that are left, and whatever else has our
 * folder in its environment, as its TMPDIR or otherwise, and removes the folder.
 */
const script = `
trap '' HUP INT TERM
groups=' '
while read -r line; do
  id=\${line#?}
  case $line in
    +*) groups="$groups$id " ;;
    -*) groups="\${groups%%" $id "*} \${groups#*" $id "}" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
ours() { grep -lsF -- "$1" /proc/[0-9]*/environ; }
# A process that is killed may just have started another one.
for round in 1 2 3 4 5; do
  found=$(ours "$1")
  [ "$found" ] || break
  for file in $found; do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/*}" 2>/dev/null
  done
done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

export interface Guard {
  watch(processGroup: number): void;
  release(processGroup: number): void;
  /** Ends what is still watched and removes the folder. */
  close(): Promise<void>;
}

export function createGuard(folder: string): Guard {
  const shell: ChildProcess = spawn('/bin/sh', ['-c', script, 'guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    // Nothing by which it would find itself.
    env: { PATH: process.env.PATH },
  });
  const ended = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve());
    shell.once('error', () => resolve());
  });
  shell.stdin?.on('error', () => undefined);
  shell.unref();
  const tell = (line: string) => void shell.stdin?.write(`${line}\n`);
  return {
    watch: (group) => tell(`+${group}`),
    release: (group) => tell(`-${group}`),
    close: async () => {
      shell.ref();
      shell.stdin?.end();
      await ended;
    },
  };
}
