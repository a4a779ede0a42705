import type { NamedPolicy } from './evaluation/evaluate.ts';
import { policyOf } from './managed-policies.ts';
import type { Identities, Role } from './state.ts';

/** A role's identity policies: its inline ones by name, and the default versions of its managed ones. */
export function attachedPolicies(identities: Identities, role: Role): NamedPolicy[] {
  return [
    ...[...role.inline].map(([name, { document }]) => ({ name, document })),
    ...[...role.attached].map((arn) => managedPolicy(identities, arn)),
  ];
}

export function managedPolicy(identities: Identities, arn: string): NamedPolicy {
  const policy = policyOf(identities, arn);
  const version = policy.versions.get(policy.defaultVersion);
  return { name: policy.name, document: version?.document ?? { Statement: [] } };
}
