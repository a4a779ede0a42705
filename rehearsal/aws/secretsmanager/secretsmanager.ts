import { randomUUID } from 'node:crypto';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';

interface SecretVersion {
  id: string;
  text?: string;
  binary?: Uint8Array;
  stages: Set<string>;
  created: Date;
}

interface Secret {
  name: string;
  arn: string;
  description?: string;
  created: Date;
  changed: Date;
  deleted?: Date;
  versions: SecretVersion[];
  tags: Map<string, string>;
}

type Secrets = Map<string, Secret>;

/** Secrets Manager, without rotation. */
export function createSecretsManager(aws: Aws): EmbeddedService<'secretsmanager'> {
  const secrets: Secrets = new Map();
  return {
    id: 'secretsmanager',
    operations: { ...writing(aws, secrets), ...reading(secrets), ...deleting(aws, secrets) },
  };
}

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

interface Value {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
  ClientRequestToken?: string | undefined;
}

function writing(aws: Aws, secrets: Secrets): Handlers<'secretsmanager'> {
  const put = (secret: Secret, value: Value): SecretVersion => {
    const id = value.ClientRequestToken ?? randomUUID();
    for (const version of secret.versions) {
      version.stages.delete(PREVIOUS);
      if (version.stages.delete(CURRENT)) version.stages.add(PREVIOUS);
    }
    const version: SecretVersion = {
      id,
      stages: new Set([CURRENT]),
      created: aws.clock.now(),
      ...(value.SecretString === undefined ? {} : { text: value.SecretString }),
      ...(value.SecretBinary === undefined ? {} : { binary: value.SecretBinary }),
    };
    secret.versions = [...secret.versions.filter((each) => each.id !== id), version];
    secret.changed = version.created;
    return version;
  };
  return {
    CreateSecret: (input) => {
      if (secrets.has(input.Name)) {
        throw awsError(
          'ResourceExistsException',
          `The operation failed because the secret ${input.Name} already exists.`,
        );
      }
      const now = aws.clock.now();
      const secret: Secret = {
        name: input.Name,
        arn: aws.arn('secretsmanager', `secret:${input.Name}-${randomUUID().slice(0, 6)}`),
        created: now,
        changed: now,
        versions: [],
        tags: new Map((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        ...(input.Description === undefined ? {} : { description: input.Description }),
      };
      secrets.set(input.Name, secret);
      const hasValue = input.SecretString !== undefined || input.SecretBinary !== undefined;
      const version = hasValue ? { VersionId: put(secret, input).id } : {};
      return { ARN: secret.arn, Name: secret.name, ...version };
    },
    PutSecretValue: (input) => {
      const secret = secretOf(secrets, input.SecretId);
      if (input.SecretString === undefined && input.SecretBinary === undefined) {
        throw awsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
      }
      const version = put(secret, input);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
      };
    },
    UpdateSecret: (input) => {
      const secret = secretOf(secrets, input.SecretId);
      if (input.Description !== undefined) secret.description = input.Description;
      const hasValue = input.SecretString !== undefined || input.SecretBinary !== undefined;
      const version = hasValue ? { VersionId: put(secret, input).id } : {};
      return { ARN: secret.arn, Name: secret.name, ...version };
    },
    TagResource: (input) => {
      const secret = secretOf(secrets, input.SecretId);
      for (const { Key = '', Value = '' } of input.Tags) secret.tags.set(Key, Value);
      return {};
    },
  };
}

function reading(secrets: Secrets): Handlers<'secretsmanager'> {
  return {
    GetSecretValue: (input) => {
      const secret = secretOf(secrets, input.SecretId);
      const stage = input.VersionStage ?? (input.VersionId === undefined ? CURRENT : undefined);
      const version = secret.versions.find(
        (each) =>
          (input.VersionId === undefined || each.id === input.VersionId) &&
          (stage === undefined || each.stages.has(stage)),
      );
      if (!version) {
        const sought =
          input.VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${input.VersionId}`;
        throw awsError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for ${sought}`,
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
        CreatedDate: version.created,
        ...(version.text === undefined ? {} : { SecretString: version.text }),
        ...(version.binary === undefined ? {} : { SecretBinary: version.binary }),
      };
    },
    DescribeSecret: (input) => describe(secretOf(secrets, input.SecretId, 'deleted too')),
    ListSecrets: (input) => {
      const filters = input.Filters ?? [];
      const unknown = filters.find(({ Key }) => Key !== 'name');
      if (unknown) {
        throw awsError(
          'InvalidParameterException',
          `The embedded AWS filters secrets by name, not ${unknown.Key}`,
        );
      }
      const found = [...secrets.values()]
        .filter((secret) => input.IncludePlannedDeletion || !secret.deleted)
        .filter(({ name }) =>
          filters.every(({ Values = [] }) => Values.some((value) => name.startsWith(value))),
        );
      const page = pageOf(found, {
        token: input.NextToken,
        size: input.MaxResults ?? 100,
        invalidToken: 'InvalidNextTokenException',
      });
      return {
        SecretList: page.items.map((secret) => {
          const { VersionIdsToStages, ...rest } = describe(secret);
          return { ...rest, SecretVersionsToStages: VersionIdsToStages };
        }),
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
  };
}

const DAY = 24 * 60 * 60 * 1000;

function deleting(aws: Aws, secrets: Secrets): Handlers<'secretsmanager'> {
  return {
    DeleteSecret: (input) => {
      const secret = secretOf(secrets, input.SecretId, 'deleted too');
      const days = input.ForceDeleteWithoutRecovery ? 0 : (input.RecoveryWindowInDays ?? 30);
      secret.deleted = new Date(aws.clock.now().getTime() + days * DAY);
      if (days === 0) secrets.delete(secret.name);
      return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deleted };
    },
    RestoreSecret: (input) => {
      const secret = secretOf(secrets, input.SecretId, 'deleted too');
      delete secret.deleted;
      return { ARN: secret.arn, Name: secret.name };
    },
  };
}

/** By name, by ARN, or by ARN without its six random characters. */
function secretOf(secrets: Secrets, id: string, which: 'alive' | 'deleted too' = 'alive'): Secret {
  const secret =
    secrets.get(id) ??
    [...secrets.values()].find(({ arn }) => arn === id || arn.slice(0, arn.lastIndexOf('-')) === id);
  if (!secret) {
    throw awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  if (secret.deleted && which === 'alive') {
    throw awsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
}

const describe = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  CreatedDate: secret.created,
  LastChangedDate: secret.changed,
  VersionIdsToStages: Object.fromEntries(
    secret.versions.filter(({ stages }) => stages.size > 0).map(({ id, stages }) => [id, [...stages]]),
  ),
  Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
  ...(secret.description === undefined ? {} : { Description: secret.description }),
  ...(secret.deleted ? { DeletedDate: secret.deleted } : {}),
});
