import type { EmbeddedService } from '../kernel/service.ts';
import { instanceProfileOperations } from './instance-profiles.ts';
import { managedPolicyOperations } from './managed-policies.ts';
import { openIdProviderOperations } from './openid-providers.ts';
import { rolePolicyOperations } from './role-policies.ts';
import { roleOperations } from './roles.ts';
import type { Identities } from './state.ts';

/** IAM: roles, policies and OpenID Connect providers. Whether they are enforced is `startAws`'s option. */
export function createIam(identities: Identities): EmbeddedService<'iam'> {
  return {
    id: 'iam',
    operations: {
      ...roleOperations(identities),
      ...rolePolicyOperations(identities),
      ...managedPolicyOperations(identities),
      ...openIdProviderOperations(identities),
      ...instanceProfileOperations(identities),
    },
  };
}
