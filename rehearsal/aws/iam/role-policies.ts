import type { Handlers } from '../kernel/service.ts';
import { policyOf } from './managed-policies.ts';
import { parsePolicy } from './policy-document.ts';
import { checkName, type Identities, noSuchEntity, roleOf } from './state.ts';

/** What a role may do: policies of its own, and managed ones attached to it. */
export function rolePolicyOperations(identities: Identities): Handlers<'iam'> {
  return {
    PutRolePolicy: ({ RoleName, PolicyName, PolicyDocument }) => {
      checkName('policyName', PolicyName, 128);
      const document = parsePolicy(PolicyDocument, 'identity');
      roleOf(identities, RoleName).inline.set(PolicyName, { text: PolicyDocument, document });
      return {};
    },
    GetRolePolicy: ({ RoleName, PolicyName }) => {
      const policy = roleOf(identities, RoleName).inline.get(PolicyName);
      if (!policy) throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(policy.text) };
    },
    ListRolePolicies: ({ RoleName }) => ({
      PolicyNames: [...roleOf(identities, RoleName).inline.keys()],
      IsTruncated: false,
    }),
    DeleteRolePolicy: ({ RoleName, PolicyName }) => {
      if (!roleOf(identities, RoleName).inline.delete(PolicyName)) {
        throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      }
      return {};
    },
    AttachRolePolicy: ({ RoleName, PolicyArn }) => {
      const role = roleOf(identities, RoleName);
      role.attached.add(policyOf(identities, PolicyArn).arn);
      return {};
    },
    DetachRolePolicy: ({ RoleName, PolicyArn }) => {
      if (!roleOf(identities, RoleName).attached.delete(PolicyArn)) {
        throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
      }
      return {};
    },
    ListAttachedRolePolicies: ({ RoleName }) => ({
      AttachedPolicies: [...roleOf(identities, RoleName).attached].map((PolicyArn) => ({
        PolicyArn,
        PolicyName: PolicyArn.split('/').at(-1) ?? PolicyArn,
      })),
      IsTruncated: false,
    }),
  };
}
