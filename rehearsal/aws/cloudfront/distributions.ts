import type { Distribution, DistributionConfig, DistributionSummary, Tag } from '@aws-sdk/client-cloudfront';
import { createCache } from '../dataplane/edge/cache.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { compileSite } from './compile.ts';
import { arnOf, checkIfMatch, type DistributionRecord, newId, type State } from './state.ts';

/** Distributions are deployed as soon as they are made: a rehearsal need not wait for the whole world. */
const STATUS = 'Deployed';

export function distributionOperations(state: State): Handlers<'cloudfront'> {
  const { distributions, edge } = state;
  const answer = (record: DistributionRecord) => ({ Distribution: describe(record), ETag: record.etag });
  return {
    CreateDistribution: async ({ DistributionConfig: config }) => {
      const record = await createDistribution(state, config, []);
      return { ...answer(record), Location: locationOf(record) };
    },
    CreateDistributionWithTags: async ({
      DistributionConfigWithTags: { DistributionConfig: config, Tags },
    }) => {
      const record = await createDistribution(state, config, Tags.Items ?? []);
      return { ...answer(record), Location: locationOf(record) };
    },
    GetDistribution: ({ Id }) => answer(distributionOf(state, Id)),
    GetDistributionConfig: ({ Id }) => {
      const { config, etag } = distributionOf(state, Id);
      return { DistributionConfig: config, ETag: etag };
    },
    UpdateDistribution: async ({ Id, IfMatch, DistributionConfig: config }) => {
      const record = distributionOf(state, Id);
      checkIfMatch(IfMatch, record.etag);
      if (config.CallerReference !== record.config.CallerReference) {
        throw awsError(
          'IllegalUpdate',
          'The update contains modifications that are not allowed: CallerReference',
        );
      }
      checkAliases(state, config, Id);
      await edge.publish(compileSite(state, { ...record, config }));
      Object.assign(record, { config, etag: newId(), modified: state.aws.clock.now() });
      return answer(record);
    },
    DeleteDistribution: ({ Id, IfMatch }) => {
      const record = distributionOf(state, Id);
      checkIfMatch(IfMatch, record.etag);
      if (record.config.Enabled) {
        throw awsError(
          'DistributionNotDisabled',
          'The distribution you are trying to delete has not been disabled.',
        );
      }
      edge.withdraw(Id);
      distributions.delete(Id);
      state.tags.delete(record.arn);
      return {};
    },
    ListDistributions: () => ({
      DistributionList: {
        Marker: '',
        MaxItems: 100,
        IsTruncated: false,
        Quantity: distributions.size,
        Items: [...distributions.values()].map(summary),
      },
    }),
    ...invalidationOperations(state),
  };
}

function invalidationOperations(state: State): Handlers<'cloudfront'> {
  return {
    CreateInvalidation: ({ DistributionId, InvalidationBatch: { Paths, CallerReference } }) => {
      const record = distributionOf(state, DistributionId);
      const id = newId('I');
      const paths = Paths.Items ?? [];
      for (const path of paths) record.cache.invalidate(path);
      const created = state.aws.clock.now();
      record.invalidations.set(id, { created, reference: CallerReference, paths });
      return {
        Location: `${locationOf(record)}/invalidation/${id}`,
        Invalidation: invalidationOf(record, id),
      };
    },
    GetInvalidation: ({ DistributionId, Id }) => ({
      Invalidation: invalidationOf(distributionOf(state, DistributionId), Id),
    }),
  };
}

function invalidationOf({ invalidations }: DistributionRecord, id: string) {
  const found = invalidations.get(id);
  if (!found) throw awsError('NoSuchInvalidation', 'The specified invalidation does not exist.');
  const { created, reference, paths } = found;
  const Paths = { Quantity: paths.length, Items: paths };
  return {
    Id: id,
    Status: 'Completed',
    CreateTime: created,
    InvalidationBatch: { CallerReference: reference, Paths },
  };
}

/** Serves every distribution anew: something that they refer to has changed. */
export async function republish(state: State): Promise<void> {
  for (const record of state.distributions.values()) await state.edge.publish(compileSite(state, record));
}

function distributionOf({ distributions }: State, id: string): DistributionRecord {
  const record = distributions.get(id);
  if (!record) throw awsError('NoSuchDistribution', 'The specified distribution does not exist.');
  return record;
}

const locationOf = ({ id }: DistributionRecord) =>
  `https://cloudfront.amazonaws.com/2020-05-31/distribution/${id}`;

async function createDistribution(
  state: State,
  config: DistributionConfig,
  tags: Tag[],
): Promise<DistributionRecord> {
  const present = [...state.distributions.values()].find(
    (record) => record.config.CallerReference === config.CallerReference,
  );
  if (present) {
    throw awsError(
      'DistributionAlreadyExists',
      'The caller reference that you are using to create a distribution is associated with another distribution.',
    );
  }
  const id = newId();
  checkAliases(state, config, id);
  const record: DistributionRecord = {
    id,
    arn: arnOf(state, `distribution/${id}`),
    domainName: `${newId('d').toLowerCase()}.cloudfront.net`,
    etag: newId(),
    modified: state.aws.clock.now(),
    config,
    cache: createCache(),
    invalidations: new Map(),
  };
  await state.edge.publish(compileSite(state, record));
  state.distributions.set(id, record);
  state.tags.set(record.arn, tags);
  if (config.WebACLId) {
    state.aws.log(`the web ACL of distribution ${id} is kept, and no request is judged by it`);
  }
  return record;
}

function checkAliases({ distributions }: State, { Aliases }: DistributionConfig, own: string): void {
  for (const alias of Aliases?.Items ?? []) {
    const owner = [...distributions.values()].find(({ config }) => config.Aliases?.Items?.includes(alias));
    if (owner === undefined || owner.id === own) continue;
    throw awsError(
      'CNAMEAlreadyExists',
      `One or more of the CNAMEs you provided are already associated with a different resource: ${alias}`,
    );
  }
}

function describe({ id, arn, domainName, modified, config }: DistributionRecord): Distribution {
  return {
    Id: id,
    ARN: arn,
    Status: STATUS,
    LastModifiedTime: modified,
    InProgressInvalidationBatches: 0,
    DomainName: domainName,
    DistributionConfig: config,
  };
}

function summary(record: DistributionRecord): DistributionSummary {
  const { id, arn, domainName, modified, config, etag } = record;
  return {
    Id: id,
    ARN: arn,
    ETag: etag,
    Status: STATUS,
    LastModifiedTime: modified,
    DomainName: domainName,
    Aliases: config.Aliases ?? { Quantity: 0 },
    Origins: config.Origins,
    DefaultCacheBehavior: config.DefaultCacheBehavior,
    CacheBehaviors: config.CacheBehaviors ?? { Quantity: 0 },
    CustomErrorResponses: config.CustomErrorResponses ?? { Quantity: 0 },
    Comment: config.Comment,
    PriceClass: config.PriceClass ?? 'PriceClass_All',
    Enabled: config.Enabled,
    ViewerCertificate: config.ViewerCertificate ?? { CloudFrontDefaultCertificate: true },
    Restrictions: config.Restrictions ?? { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    WebACLId: config.WebACLId ?? '',
    HttpVersion: config.HttpVersion ?? 'http2',
    IsIPV6Enabled: config.IsIPV6Enabled ?? false,
    Staging: false,
  };
}
