import { attachedPolicies } from '../attached-policies.ts';
import type { Ground } from '../evaluation/evaluate.ts';
import { matchesAction } from '../evaluation/evaluate.ts';
import type { Identities } from '../state.ts';

/** One action of one Allow statement, as the policy writes it. */
export interface Grant {
  role: string;
  policy: string;
  sid: string | undefined;
  /** `ecs:Describe*`, as it is written. */
  action: string;
}

export interface DeniedCall {
  principal: string;
  action: string;
  resource: string;
  message: string;
}

/** What permissions were used for: what is granted and never used can go. */
export interface PermissionLedger {
  /** Everything that the roles' policies allow now, each with the number of calls that it allowed. */
  grants(): readonly (Grant & { calls: number })[];
  /** The denied calls, oldest first. */
  denied(): readonly DeniedCall[];
}

export interface LedgerWriter extends PermissionLedger {
  used(role: string, action: string, grounds: readonly Ground[]): void;
  refused(call: DeniedCall): void;
}

export function createLedger(identities: Identities): LedgerWriter {
  const counts = new Map<string, number>();
  const denials: DeniedCall[] = [];
  const keyOf = ({ role, policy, sid, action }: Grant) => [role, policy, sid ?? '', action].join('\n');
  return {
    used: (role, action, grounds) => {
      for (const { policy, statement } of grounds) {
        const patterns = (statement.Action ?? ['*']).filter((pattern) => matchesAction(pattern, action));
        for (const pattern of patterns) {
          const key = keyOf({ role, policy, sid: statement.Sid, action: pattern });
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    },
    refused: (call) => denials.push(call),
    denied: () => denials,
    grants: () =>
      [...identities.roles.values()].flatMap((role) =>
        attachedPolicies(identities, role).flatMap(({ name: policy, document }) =>
          document.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap((statement) =>
            (statement.Action ?? ['*']).map((action) => {
              const grant = { role: role.name, policy, sid: statement.Sid, action };
              return { ...grant, calls: counts.get(keyOf(grant)) ?? 0 };
            }),
          ),
        ),
      ),
  };
}
