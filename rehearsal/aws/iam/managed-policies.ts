import type { Policy as WirePolicy } from '@aws-sdk/client-iam';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { awsManagedPolicy } from './aws-managed-policies.ts';
import { parsePolicy } from './policy-document.ts';
import {
  alreadyExists,
  checkName,
  type Identities,
  iamArn,
  type ManagedPolicy,
  newId,
  noSuchEntity,
  tagList,
  tagMap,
} from './state.ts';

const MOST_VERSIONS = 5;

/** Managed policies and their versions: the account's own, and AWS's as far as they are known here. */
export function managedPolicyOperations(identities: Identities): Handlers<'iam'> {
  const { policies, aws } = identities;
  return {
    CreatePolicy: (input) => {
      checkName('policyName', input.PolicyName, 128);
      const path = input.Path ?? '/';
      const arn = iamArn(identities, 'policy', path, input.PolicyName);
      if (policies.has(arn)) {
        throw alreadyExists(
          `A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`,
        );
      }
      const now = aws.clock.now();
      const document = parsePolicy(input.PolicyDocument, 'identity');
      const policy: ManagedPolicy = {
        name: input.PolicyName,
        id: newId('ANPA'),
        arn,
        path,
        description: input.Description,
        created: now,
        updated: now,
        versions: new Map([['v1', { text: input.PolicyDocument, document, created: now }]]),
        defaultVersion: 'v1',
        tags: tagMap(input.Tags),
      };
      policies.set(arn, policy);
      return { Policy: wirePolicy(identities, policy) };
    },
    GetPolicy: ({ PolicyArn }) => ({ Policy: wirePolicy(identities, policyOf(identities, PolicyArn)) }),
    ListPolicies: () => ({
      Policies: [...policies.values()].map((policy) => wirePolicy(identities, policy)),
      IsTruncated: false,
    }),
    DeletePolicy: ({ PolicyArn }) => {
      const policy = policyOf(identities, PolicyArn);
      if (attachments(identities, policy.arn) > 0) {
        throw awsError('DeleteConflict', 'Cannot delete a policy attached to entities.', { statusCode: 409 });
      }
      policies.delete(PolicyArn);
      return {};
    },
    ...versionOperations(identities),
  };
}

function versionOperations(identities: Identities): Handlers<'iam'> {
  return {
    CreatePolicyVersion: ({ PolicyArn, PolicyDocument, SetAsDefault }) => {
      const policy = policyOf(identities, PolicyArn);
      if (policy.versions.size >= MOST_VERSIONS) {
        throw awsError(
          'LimitExceeded',
          'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
          { statusCode: 409 },
        );
      }
      const document = parsePolicy(PolicyDocument, 'identity');
      const newest = Math.max(...[...policy.versions.keys()].map((id) => Number(id.slice(1))));
      const VersionId = `v${newest + 1}`;
      const created = identities.aws.clock.now();
      policy.versions.set(VersionId, { text: PolicyDocument, document, created });
      policy.updated = created;
      if (SetAsDefault) policy.defaultVersion = VersionId;
      return {
        PolicyVersion: { VersionId, IsDefaultVersion: SetAsDefault ?? false, CreateDate: created },
      };
    },
    GetPolicyVersion: ({ PolicyArn, VersionId }) => {
      const policy = policyOf(identities, PolicyArn);
      const version = versionOf(policy, VersionId);
      return {
        PolicyVersion: {
          VersionId,
          Document: encodeURIComponent(version.text),
          IsDefaultVersion: policy.defaultVersion === VersionId,
          CreateDate: version.created,
        },
      };
    },
    ListPolicyVersions: ({ PolicyArn }) => {
      const policy = policyOf(identities, PolicyArn);
      const Versions = [...policy.versions].map(([VersionId, { created }]) => ({
        VersionId,
        IsDefaultVersion: policy.defaultVersion === VersionId,
        CreateDate: created,
      }));
      return { Versions, IsTruncated: false };
    },
    SetDefaultPolicyVersion: ({ PolicyArn, VersionId }) => {
      const policy = policyOf(identities, PolicyArn);
      versionOf(policy, VersionId);
      policy.defaultVersion = VersionId;
      return {};
    },
    DeletePolicyVersion: ({ PolicyArn, VersionId }) => {
      const policy = policyOf(identities, PolicyArn);
      versionOf(policy, VersionId);
      if (policy.defaultVersion === VersionId) {
        throw awsError('DeleteConflict', 'Cannot delete the default version of a policy.', {
          statusCode: 409,
        });
      }
      policy.versions.delete(VersionId);
      return {};
    },
  };
}

/** @throws AwsError NoSuchEntity, also for a policy of AWS's own that is not known here: it would be empty. */
export function policyOf(identities: Identities, arn: string): ManagedPolicy {
  const policy = identities.policies.get(arn) ?? awsManagedPolicy(arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return policy;
}

function versionOf(policy: ManagedPolicy, id: string) {
  const version = policy.versions.get(id);
  if (!version) {
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  }
  return version;
}

function attachments({ roles }: Identities, arn: string): number {
  return [...roles.values()].filter((role) => role.attached.has(arn)).length;
}

function wirePolicy(identities: Identities, policy: ManagedPolicy): WirePolicy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments(identities, policy.arn),
    PermissionsBoundaryUsageCount: [...identities.roles.values()].filter(
      (role) => role.boundary === policy.arn,
    ).length,
    IsAttachable: true,
    CreateDate: policy.created,
    UpdateDate: policy.updated,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    Tags: tagList(policy.tags),
  };
}
