import type { PermissionLedger } from '../../aws/iam/enforcement/ledger.ts';
import type { CallRecord } from '../../aws/kernel/aws.ts';
import type { PermissionReport, RoleReport } from '../json.ts';

/**
 * Which role made which calls, and, where IAM is enforced, which permissions it has and never used.
 * Calls by the account's root and by AWS's services under their own principals are nobody's permissions.
 */
export function collectPermissions(
  calls: readonly Pick<CallRecord, 'principal' | 'service' | 'operation'>[],
  ledger?: PermissionLedger,
): PermissionReport {
  const made = new Map<string, Map<string, number>>();
  for (const { principal, service, operation } of calls) {
    const role = roleIn(principal);
    if (role !== undefined)
      count(
        entry(made, role, () => new Map()),
        `${service}:${operation}`,
      );
  }
  const grants = Map.groupBy(ledger?.grants() ?? [], ({ role }) => role);
  const roles = [...new Set([...made.keys(), ...grants.keys()])].sort();
  return {
    enforced: ledger !== undefined,
    roles: roles.map((role): RoleReport => {
      const operations = [...(made.get(role) ?? [])].map(([action, times]) => ({ action, calls: times }));
      return {
        role,
        calls: operations.reduce((sum, { calls: times }) => sum + times, 0),
        operations: operations.sort(
          (left, right) => right.calls - left.calls || left.action.localeCompare(right.action),
        ),
        grants: (grants.get(role) ?? []).map(({ action, policy, sid, calls: times }) => ({
          action,
          policy,
          ...(sid === undefined ? {} : { sid }),
          calls: times,
        })),
      };
    }),
    denied: deniedOf(ledger),
  };
}

function deniedOf(ledger: PermissionLedger | undefined): PermissionReport['denied'] {
  const same = Map.groupBy(ledger?.denied() ?? [], ({ message }) => message);
  return [...same.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, times: more.length + 1 }] : [],
  );
}

/** `pika-build` of `arn:aws:sts::123456789012:assumed-role/pika-build/build-1`; not a role that is AWS's own. */
function roleIn(principal: string): string | undefined {
  return /:assumed-role\/(?!AWSServiceRoleFor)([^/]+)\//.exec(principal)?.[1];
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
