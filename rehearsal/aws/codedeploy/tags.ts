import type { Tag } from '@aws-sdk/client-codedeploy';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { applicationNamed, groupNamed } from './lookups.ts';
import type { Application, DeploymentGroup, Registry } from './registry.ts';

export function tagHandlers(registry: Registry): Handlers<'codedeploy'> {
  return {
    TagResource: (input) => {
      const resource = resourceOf(registry, input.ResourceArn);
      if (input.Tags.length === 0) throw awsError('TagRequiredException', 'A tag was not specified.');
      const keys = new Set(input.Tags.map(({ Key }) => Key));
      resource.tags = [...resource.tags.filter(({ Key }) => !keys.has(Key)), ...input.Tags];
      return {};
    },
    UntagResource: (input) => {
      const resource = resourceOf(registry, input.ResourceArn);
      resource.tags = resource.tags.filter(({ Key }) => !input.TagKeys.some((key) => key === Key));
      return {};
    },
    ListTagsForResource: (input): { Tags: Tag[] } => ({ Tags: resourceOf(registry, input.ResourceArn).tags }),
  };
}

/** `arn:…:application:NAME` or `arn:…:deploymentgroup:APPLICATION/NAME`. */
function resourceOf(registry: Registry, arn: string | undefined): Application | DeploymentGroup {
  if (!arn)
    throw awsError('ResourceArnRequiredException', 'The ARN of a resource is required, but was not found.');
  const [, kind, name] = /^arn:aws[\w-]*:codedeploy:[^:]*:\d{12}:([a-z]+):(.+)$/.exec(arn) ?? [];
  if (!kind || !name)
    throw awsError('InvalidArnException', `The specified ARN is not in a valid format: ${arn}`);
  if (kind === 'application') return applicationNamed(registry, name);
  if (kind !== 'deploymentgroup')
    throw awsError('ArnNotSupportedException', `The specified ARN is not supported: ${arn}`);
  const [applicationName, groupName] = name.split('/');
  return groupNamed(applicationNamed(registry, applicationName), groupName);
}
