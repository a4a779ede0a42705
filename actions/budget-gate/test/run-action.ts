import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Template } from '../template/document.ts';

const bundle = fileURLToPath(new URL('../dist/index.js', import.meta.url));

export interface ActionRun {
  exitCode: number | null;
  stdout: string;
  outputs: Record<string, string>;
  summary: string;
}

/** A folder that a test writes templates and assumptions to. */
export interface Workspace {
  folder: string;
  write(name: string, content: string | Partial<Template> | object): string;
  remove(): void;
}

export function workspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'budget-gate-'));
  return {
    folder,
    write: (name, content) => {
      const file = join(folder, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs the bundle as GitHub's runner does: inputs in the environment, outputs and summary in files. */
export async function runAction(
  { folder, write }: Workspace,
  inputs: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<ActionRun> {
  if (!existsSync(bundle)) throw new Error('The action is not built: npm run build -- budget-gate');
  const files = {
    output: write('github-output', ''),
    summary: write('github-summary', ''),
    state: write('github-state', ''),
  };
  const given = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  const child = spawn(process.execPath, [bundle], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_STATE: files.state,
      ...Object.fromEntries(given),
      ...environment,
    },
  });
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stdout += data;
  });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  return {
    exitCode,
    stdout,
    outputs: parseOutputs(readFileSync(files.output, 'utf8')),
    summary: readFileSync(files.summary, 'utf8'),
  };
}

/** `name<<delimiter`, value, delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const found = [...text.matchAll(/^(\S+)<<(\S+)\n([\s\S]*?)\n?^\2$/gm)];
  return Object.fromEntries(found.map(([, name = '', , value = '']) => [name, value]));
}

export interface Call {
  method: string;
  path: string;
  target: string;
  body: string;
}

/** An HTTP server on a free port that answers by a function and keeps what it was asked. */
export async function serve(
  answer: (call: Call) => { status?: number; body: unknown },
): Promise<{ url: string; calls: Call[]; close(): Promise<void> }> {
  const calls: Call[] = [];
  const server: Server = createServer(async (request, response) => {
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      target: String(request.headers['x-amz-target'] ?? ''),
      body: await bodyOf(request),
    };
    calls.push(call);
    const { status = 200, body } = answer(call);
    response.writeHead(status, {
      'content-type': call.target ? 'application/x-amz-json-1.1' : 'application/json',
    });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
