import { z } from 'zod';

const access = z.enum(['none', 'read', 'write']);
type Access = z.infer<typeof access>;

/** Scope → what a job's token may do there; a scope that is not named is `none`. */
export type Permissions = Readonly<Record<string, Access>>;

/** https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#permissions */
const SCOPES = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'security-events',
  'statuses',
] as const;

/** What GitHub gives where nothing is declared: the restricted default of new repositories. */
const DEFAULT: Permissions = { contents: 'read', packages: 'read' };

const RANK: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 2 };

const everything = (level: Access): Permissions => Object.fromEntries(SCOPES.map((scope) => [scope, level]));

const declaration = z.union([
  z.literal('read-all').transform(() => everything('read')),
  z.literal('write-all').transform(() => everything('write')),
  z.record(z.string(), access),
]);

export function allows(permissions: Permissions, scope: string, wanted: 'read' | 'write'): boolean {
  return RANK[permissions[scope] ?? 'none'] >= RANK[wanted];
}

/** The job's own grants, else its workflow's, else what whoever calls the workflow has, else the default. */
export function permissionsOf(
  job: { permissions?: unknown },
  workflow: { permissions?: unknown },
  caller?: Permissions,
): Permissions {
  const declared = job.permissions ?? workflow.permissions;
  if (declared === undefined) return caller ?? DEFAULT;
  return declaration.parse(declared ?? {});
}

/** What a job of a called workflow asks for and its caller does not have: `contents: write`. */
export function excessOf(
  wanted: Permissions,
  granted: Permissions,
): { scope: string; asked: Access; has: Access }[] {
  return Object.entries(wanted)
    .map(([scope, asked]) => ({ scope, asked, has: granted[scope] ?? ('none' as const) }))
    .filter(({ asked, has }) => RANK[asked] > RANK[has]);
}

/** A fork's pull request reads, and nothing more. */
export function readOnly(permissions: Permissions): Permissions {
  return Object.fromEntries(
    Object.entries(permissions).map(([scope, level]) => [
      scope,
      level === 'write' && scope !== 'id-token' ? 'read' : scope === 'id-token' ? 'none' : level,
    ]),
  );
}
