import { createHash } from 'node:crypto';
import type { GenericRevisionInfo, RevisionLocation } from '@aws-sdk/client-codedeploy';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { applicationNamed, refuseLargeBatch } from './lookups.ts';
import { page } from './page.ts';
import type { Application, RegisteredRevision, Registry } from './registry.ts';

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

/** The AppSpec that a revision carries itself; undefined for one that lies in S3. */
export function appSpecContentOf(revision: RevisionLocation): string | undefined {
  return revision.appSpecContent?.content ?? revision.string?.content;
}

/**
 * Checks a revision's form: its type is one for ECS, it carries what its type says and nothing of
 * another type, and its sha256, where given, is the content's. The AppSpec in it is read later, by
 * the deployment.
 */
export function checkedRevision(revision: RevisionLocation | undefined): RevisionLocation {
  if (!revision) throw awsError('RevisionRequiredException', 'Revision is missing');
  switch (revision.revisionType) {
    case 'AppSpecContent':
      return withSha256('appSpecContent', revision);
    case 'String':
      return withSha256('string', revision);
    case 'S3':
      return checkedS3(revision);
    default:
      throw invalidRevision(
        `For ECS deployment group, revision type can only be AppSpecContent, S3 or String. It is ${revision.revisionType ?? 'missing'}`,
      );
  }
}

function withSha256(member: 'appSpecContent' | 'string', revision: RevisionLocation): RevisionLocation {
  const carried = revision[member];
  if (!carried?.content)
    throw invalidRevision(`Revision of type ${revision.revisionType} must have ${member}.content`);
  const actual = sha256(carried.content);
  if (carried.sha256 !== undefined && carried.sha256.toLowerCase() !== actual) {
    throw invalidRevision(`The sha256 ${carried.sha256} is not that of the revision's content, ${actual}`);
  }
  return { ...revision, [member]: { content: carried.content, sha256: actual } };
}

function checkedS3(revision: RevisionLocation): RevisionLocation {
  const { bucket, key, bundleType } = revision.s3Location ?? {};
  if (!bucket || !key)
    throw invalidRevision('Revision of type S3 must have s3Location.bucket and s3Location.key');
  if (bundleType !== 'YAML' && bundleType !== 'JSON') {
    throw invalidRevision(
      `For ECS deployment group, s3Location.bundleType must be YAML or JSON. It is ${bundleType ?? 'missing'}`,
    );
  }
  return revision;
}

const invalidRevision = (message: string) => awsError('InvalidRevisionException', message);

function identityOf(revision: RevisionLocation): string {
  const content = appSpecContentOf(revision);
  if (content !== undefined) return `${revision.revisionType}:${sha256(content)}`;
  const { bucket, key, version, eTag } = revision.s3Location ?? {};
  return `S3:${bucket}/${key}@${version ?? eTag ?? ''}`;
}

/** Registers a revision with its application, as CreateDeployment does with one that is new. */
export function registerRevision(
  application: Application,
  revision: RevisionLocation,
  at: Date,
): RegisteredRevision {
  const identity = identityOf(revision);
  const known = application.revisions.get(identity);
  if (known) return known;
  const registered: RegisteredRevision = { revision, groupNames: new Set(), registerTime: at };
  application.revisions.set(identity, registered);
  return registered;
}

const genericInfo = (registered: RegisteredRevision): GenericRevisionInfo => ({
  ...(registered.description === undefined ? {} : { description: registered.description }),
  deploymentGroups: [...registered.groupNames],
  registerTime: registered.registerTime,
  ...(registered.firstUsedTime ? { firstUsedTime: registered.firstUsedTime } : {}),
  ...(registered.lastUsedTime ? { lastUsedTime: registered.lastUsedTime } : {}),
});

function registeredRevision(application: Application, revision: RevisionLocation): RegisteredRevision {
  const registered = application.revisions.get(identityOf(revision));
  if (!registered) {
    throw awsError(
      'RevisionDoesNotExistException',
      `The revision is not registered with application ${application.name}`,
    );
  }
  return registered;
}

export function revisionHandlers(aws: Aws, registry: Registry): Handlers<'codedeploy'> {
  return {
    RegisterApplicationRevision: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const registered = registerRevision(application, checkedRevision(input.revision), aws.clock.now());
      if (input.description !== undefined) registered.description = input.description;
      return {};
    },
    GetApplicationRevision: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const registered = registeredRevision(application, checkedRevision(input.revision));
      return {
        applicationName: application.name,
        revision: registered.revision,
        revisionInfo: genericInfo(registered),
      };
    },
    BatchGetApplicationRevisions: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      refuseLargeBatch(input.revisions);
      const revisions = input.revisions.map((revision) => {
        const registered = registeredRevision(application, checkedRevision(revision));
        return { revisionLocation: registered.revision, genericRevisionInfo: genericInfo(registered) };
      });
      return { applicationName: application.name, revisions };
    },
    ListApplicationRevisions: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const { items, nextToken } = page(sorted(application, input.sortBy, input.sortOrder), input.nextToken);
      return { revisions: items.map(({ revision }) => revision), ...(nextToken ? { nextToken } : {}) };
    },
  };
}

function sorted(
  application: Application,
  sortBy: string | undefined,
  sortOrder: string | undefined,
): RegisteredRevision[] {
  const times = {
    registerTime: (revision: RegisteredRevision) => revision.registerTime,
    firstUsedTime: (revision: RegisteredRevision) => revision.firstUsedTime,
    lastUsedTime: (revision: RegisteredRevision) => revision.lastUsedTime,
  };
  const timeOf = Object.entries(times).find(([name]) => name === (sortBy ?? 'registerTime'))?.[1];
  if (!timeOf)
    throw awsError(
      'InvalidSortByException',
      `sortBy '${sortBy}' is not registerTime, firstUsedTime or lastUsedTime`,
    );
  const ascending = [...application.revisions.values()].toSorted(
    (one, other) => (timeOf(one)?.getTime() ?? 0) - (timeOf(other)?.getTime() ?? 0),
  );
  return sortOrder === 'descending' ? ascending.toReversed() : ascending;
}
