import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { Store } from './store.ts';

/** Lifecycle policies, kept and shown but not run, and repository policies. */
export function policyOperations(aws: Aws, store: Store): Handlers<'ecr'> {
  const missing = (code: string, what: string, name: string) =>
    awsError(
      code,
      `${what} does not exist for the repository with name '${name}' in the registry with id '${store.registryId}'`,
    );
  const answer = (repositoryName: string) => ({ registryId: store.registryId, repositoryName });
  const lifecycleOf = (name: string) => {
    const policy = store.repository(name).lifecyclePolicy;
    if (!policy) throw missing('LifecyclePolicyNotFoundException', 'Lifecycle policy', name);
    return { ...answer(name), lifecyclePolicyText: policy.text, lastEvaluatedAt: policy.evaluatedAt };
  };
  const policyOf = (name: string) => {
    const { policy } = store.repository(name);
    if (policy === undefined) throw missing('RepositoryPolicyNotFoundException', 'Repository policy', name);
    return { ...answer(name), policyText: policy };
  };

  return {
    PutLifecyclePolicy: ({ repositoryName, lifecyclePolicyText }) => {
      refuseBrokenJson('LifecyclePolicyText', lifecyclePolicyText);
      store.repository(repositoryName).lifecyclePolicy = {
        text: lifecyclePolicyText,
        evaluatedAt: aws.clock.now(),
      };
      return { ...answer(repositoryName), lifecyclePolicyText };
    },
    GetLifecyclePolicy: ({ repositoryName }) => lifecycleOf(repositoryName),
    DeleteLifecyclePolicy: ({ repositoryName }) => {
      const policy = lifecycleOf(repositoryName);
      delete store.repository(repositoryName).lifecyclePolicy;
      return policy;
    },
    SetRepositoryPolicy: ({ repositoryName, policyText }) => {
      refuseBrokenJson('PolicyText', policyText);
      store.repository(repositoryName).policy = policyText;
      return { ...answer(repositoryName), policyText };
    },
    GetRepositoryPolicy: ({ repositoryName }) => policyOf(repositoryName),
    DeleteRepositoryPolicy: ({ repositoryName }) => {
      const policy = policyOf(repositoryName);
      delete store.repository(repositoryName).policy;
      return policy;
    },
  };
}

function refuseBrokenJson(parameter: string, text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw awsError(
      'InvalidParameterException',
      `Invalid parameter at '${parameter}' failed to satisfy constraint: 'Invalid JSON syntax'`,
    );
  }
}
