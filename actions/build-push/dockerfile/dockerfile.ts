import { FaultsError } from '../../common/fault.ts';

/** https://docs.docker.com/reference/dockerfile/ */
export interface Instruction {
  /** In capitals: `COPY`. */
  name: string;
  /** `--from=build` → from: build */
  flags: Readonly<Record<string, string>>;
  /** What follows, continued lines joined. */
  rest: string;
  /** The first of its lines, counted from 1. */
  line: number;
  hasHeredoc: boolean;
}

export interface Stage {
  name?: string;
  /** As written, variables and all. */
  base: string;
  platform?: string;
  line: number;
  instructions: Instruction[];
}

export interface Dockerfile {
  /** As people are to read it, from the workspace. */
  file: string;
  text: string;
  /** ARGs before the first FROM. */
  globalArgs: Instruction[];
  stages: Stage[];
}

/** @throws FaultsError naming file and line when it is no Dockerfile. */
export function parseDockerfile(text: string, file: string): Dockerfile {
  const globalArgs: Instruction[] = [];
  const stages: Stage[] = [];
  for (const instruction of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') stages.push(stageOf(instruction, file));
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.name === 'ARG') globalArgs.push(instruction);
    else throw lineFault(file, instruction, 'comes before the first FROM', 'Only ARG may');
  }
  if (stages.length === 0) {
    throw lineFault(
      file,
      { name: 'Dockerfile', line: 1 },
      'has no FROM',
      'Begin it with FROM IMAGE@sha256:DIGEST',
    );
  }
  return { file, text, globalArgs, stages };
}

export function lineFault(
  file: string,
  { name, line }: Pick<Instruction, 'name' | 'line'>,
  message: string,
  remedy?: string,
): FaultsError {
  return new FaultsError([
    { subject: name, message, at: { file, line, column: 1 }, ...(remedy && { remedy }) },
  ]);
}

function stageOf(instruction: Instruction, file: string): Stage {
  const [base, as, name, ...more] = instruction.rest.split(/\s+/);
  if (!base || (as && as.toUpperCase() !== 'AS') || (as && !name) || more.length > 0) {
    throw lineFault(file, instruction, `${JSON.stringify(instruction.rest)} is not IMAGE or IMAGE AS NAME`);
  }
  return {
    base,
    line: instruction.line,
    instructions: [],
    ...(name && { name: name.toLowerCase() }),
    ...(instruction.flags.platform && { platform: instruction.flags.platform }),
  };
}

const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/g;

function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const continues = escapeOf(lines) === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  for (let index = 0; index < lines.length; ) {
    const line = index + 1;
    if (isSkipped(lines[index])) {
      index++;
      continue;
    }
    const joined = joinLines(lines, index, continues);
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(joined.text) ?? [];
    const heredocs = /^(RUN|COPY|ADD)$/i.test(name) ? [...rest.matchAll(HEREDOC)] : [];
    index = heredocs.reduce(
      (at, [opening, , end = '']) => afterHeredoc(lines, at, opening, end),
      joined.next,
    );
    yield { name: name.toUpperCase(), ...flagsOf(rest.trim()), line, hasHeredoc: heredocs.length > 0 };
  }
}

/** An instruction with the lines that continue it; comments and empty lines in between do not end it. */
function joinLines(
  lines: readonly string[],
  first: number,
  continues: RegExp,
): { text: string; next: number } {
  let text = '';
  let next = first;
  while (next < lines.length) {
    const line = lines[next++] ?? '';
    if (next - 1 > first && isSkipped(line)) continue;
    text += line.replace(continues, '');
    if (!continues.test(line)) break;
  }
  return { text, next };
}

function afterHeredoc(lines: readonly string[], from: number, opening: string, end: string): number {
  const isEnd = (line: string) => (opening.startsWith('<<-') ? line.replace(/^\t+/, '') : line) === end;
  const last = lines.findIndex((line, index) => index >= from && isEnd(line));
  return last < 0 ? lines.length : last + 1;
}

function isSkipped(line: string | undefined): boolean {
  return line !== undefined && /^\s*(#|$)/.test(line);
}

/** The parser directive `# escape=` may only stand among the first lines. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, directive, value] = /^#\s*(\w+)\s*=\s*(\S+)/.exec(line) ?? [];
    if (!directive) return '\\';
    if (directive.toLowerCase() === 'escape' && value) return value;
  }
  return '\\';
}

function flagsOf(text: string): { flags: Record<string, string>; rest: string } {
  const flags: Record<string, string> = {};
  let rest = text;
  for (;;) {
    const found = /^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/.exec(rest);
    if (!found) return { flags, rest };
    flags[found[1] ?? ''] = found[2] ?? 'true';
    rest = rest.slice(found[0].length);
  }
}
