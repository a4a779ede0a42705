import { lookup } from 'node:dns/promises';
import type { Fault } from '../../common/fault.ts';
import { formatPath } from '../suite/document.ts';
import type { ReadSuites } from '../suite/load.ts';
import type { RequestTemplate } from '../suite/schema.ts';

/** A place that is going to be asked, and who wrote it down. */
export interface Destination {
  url: URL;
  subject: string;
  at?: Fault['at'];
}

/** Absolute URLs written in suites; those with a variable in them are known only later. */
export function destinationsOf({ file, suite, locate }: ReadSuites['drafts'][number]): Destination[] {
  const found: { template: RequestTemplate; path: (string | number)[] }[] = [
    ...suite.checks.flatMap((check, at) =>
      (check?.steps ?? []).map((template, step) => ({
        template,
        path: ['checks', at, 'steps', step, 'request'],
      })),
    ),
    ...(suite.load?.requests ?? []).map((template, index) => ({
      template,
      path: ['load', 'requests', index, 'request'],
    })),
  ];
  return found.flatMap(({ template, path }) => {
    const target = template.request.split(' ')[1] ?? '';
    if (target.startsWith('/') || target.includes('{{') || !URL.canParse(target)) return [];
    return [{ url: new URL(target), subject: formatPath(path), at: { file, ...locate(path) } }];
  });
}

/** Hosts that do not resolve and certificates that do not hold: faults of what was written, found before any check. */
export async function preflight(destinations: readonly Destination[]): Promise<Fault[]> {
  const byOrigin = Map.groupBy(destinations, ({ url }) => url.origin);
  const faults = await Promise.all(
    [...byOrigin.values()].map(async (places) => {
      const [first] = places;
      const problem = first ? await problemOf(first.url) : undefined;
      return problem ? places.map(({ subject, at }) => ({ subject, ...problem, ...(at ? { at } : {}) })) : [];
    }),
  );
  return faults.flat();
}

type Problem = Pick<Fault, 'message' | 'remedy'>;

async function problemOf(url: URL): Promise<Problem | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  try {
    await lookup(host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTFOUND') return undefined;
    return { message: `the host ${host} does not resolve`, remedy: 'Expected a host that DNS knows' };
  }
  return url.protocol === 'https:' ? certificateProblem(host, Number(url.port || 443)) : undefined;
}

/** Only what the certificate says; a port that does not answer is a matter for the checks. */
function certificateProblem(host: string, port: number): Promise<Problem | undefined> {
  return new Promise((resolve) => {
    const { connect } = process.getBuiltinModule('node:tls');
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: 5000 });
    const end = (problem?: Problem) => {
      socket.destroy();
      resolve(problem);
    };
    socket.on('error', () => end());
    socket.on('timeout', () => end());
    socket.on('secureConnect', () => {
      if (socket.authorized) return end();
      const { valid_to: until } = socket.getPeerCertificate();
      const code = String(socket.authorizationError);
      const expired = /EXPIRED/.test(code);
      return end({
        message: expired
          ? `the certificate of ${host}:${port} expired on ${new Date(until).toISOString()}`
          : `the certificate of ${host}:${port} is not trusted (${code})`,
        remedy: expired
          ? 'Expected one that is valid now'
          : 'Expected a chain to a known root; give a private root by NODE_EXTRA_CA_CERTS',
      });
    });
  });
}
