import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allows } from '../runner/permissions.ts';
import { readJobToken } from './job-token.ts';

interface GitRequest {
  url: URL;
  repositories: Readonly<Record<string, string>>;
}

/**
 * Fetch and push over HTTP, by git's own server, for whoever shows a job's token as git does for GitHub: Basic, with
 * the name `x-access-token`. @returns whether the address is one of git's.
 */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { url, repositories }: GitRequest,
): boolean {
  const [, name = '', path] =
    /^\/([^/]+\/[^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(url.pathname) ??
    [];
  if (path === undefined) return false;
  const refusal = refuse(request, url, name, repositories);
  if (refusal) {
    response
      .writeHead(refusal.status, { 'www-authenticate': 'Basic realm="GitHub"' })
      .end(`${refusal.message}\n`);
    return true;
  }
  const git = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: repositories[name],
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'x-access-token',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(git.stdin);
  void relay(git.stdout, response);
  return true;
}

interface Refusal {
  status: number;
  message: string;
}

function refuse(
  request: IncomingMessage,
  url: URL,
  name: string,
  repositories: Readonly<Record<string, string>>,
): Refusal | undefined {
  const [, basic = ''] = /^basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const [user, token = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
  const claims = user === 'x-access-token' ? readJobToken(token) : undefined;
  if (!claims) return { status: 401, message: 'Invalid username or token.' };
  if (claims.repository !== name || !(name in repositories))
    return { status: 404, message: 'Repository not found.' };
  const pushes =
    url.pathname.endsWith('/git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
  if (allows(claims.permissions, 'contents', pushes ? 'write' : 'read')) return undefined;
  return { status: 403, message: `Permission to ${name}.git denied to github-actions[bot].` };
}

/** What a CGI program says: headers, an empty line, the body. */
async function relay(output: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of output) chunks.push(Buffer.from(chunk));
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(
    all
      .subarray(0, Math.max(end, 0))
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.split(/:\s*(.*)/s))
      .map(([name = '', value = '']) => [name.toLowerCase(), value]),
  );
  const { status = '200', ...others } = headers;
  response.writeHead(Number.parseInt(status), others).end(all.subarray(end + 4));
}
