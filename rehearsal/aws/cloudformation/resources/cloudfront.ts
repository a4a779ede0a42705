import {
  type Asked,
  asInput,
  type Created,
  optional,
  type Properties,
  type Provider,
  type Providers,
  record,
  text,
} from './provider.ts';

/**
 * A template's properties as CloudFront's API has them: its lists carry their length, `{Quantity, Items}`, and a
 * few members have another name.
 */
function toApi(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const Items = value.map((item) => toApi(item));
    return { Quantity: Items.length, Items };
  }
  if (typeof value !== 'object' || value === null) return value;
  const converted = Object.entries(value).map(([key, item]): [string, unknown] => {
    // Lists that a template, too, has as `Items`.
    if (key === 'Items' && Array.isArray(item)) return [key, item.map((one) => toApi(one))];
    return [RENAMED[key] ?? key, toApi(item, key)];
  });
  const members: Record<string, unknown> = Object.fromEntries(converted);
  if (Array.isArray(members.Items)) members.Quantity = members.Items.length;
  return name === 'Logging' ? { Enabled: true, IncludeCookies: false, ...members } : members;
}

const RENAMED: Readonly<Record<string, string>> = {
  IPV6Enabled: 'IsIPV6Enabled',
  AcmCertificateArn: 'ACMCertificateArn',
  IamCertificateId: 'IAMCertificateId',
  SslSupportMethod: 'SSLSupportMethod',
  OriginSSLProtocols: 'OriginSslProtocols',
  OriginCustomHeaders: 'CustomHeaders',
};

/** A behaviour's `CachedMethods` stand inside its `AllowedMethods`. */
function behaviourToApi(given: unknown): Properties {
  const { CachedMethods, AllowedMethods = ['GET', 'HEAD'], ...rest } = record(given);
  const allowed = record(toApi(AllowedMethods));
  const cached = toApi(CachedMethods ?? ['HEAD', 'GET']);
  return { ...record(toApi(rest)), AllowedMethods: { ...allowed, CachedMethods: cached } };
}

function distributionToApi(properties: Properties, reference: string): Properties {
  const { DefaultCacheBehavior, CacheBehaviors = [], ...rest } = record(properties.DistributionConfig);
  const behaviours = Array.isArray(CacheBehaviors) ? CacheBehaviors.map(behaviourToApi) : [];
  return {
    Comment: '',
    ...record(toApi(rest)),
    CallerReference: reference,
    DefaultCacheBehavior: behaviourToApi(DefaultCacheBehavior),
    CacheBehaviors: { Quantity: behaviours.length, Items: behaviours },
  };
}

const tagsOf = (properties: Properties): Properties =>
  Array.isArray(properties.Tags) ? { Tags: { Items: properties.Tags } } : {};

const distribution: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const DistributionConfig = distributionToApi(properties, generatedName);
    const Tags = Array.isArray(properties.Tags) ? { Items: properties.Tags } : { Items: [] };
    const input = asInput<{ DistributionConfigWithTags: never }>({
      DistributionConfigWithTags: { DistributionConfig, Tags },
    });
    const { Distribution } = await aws.invoke('cloudfront', 'CreateDistributionWithTags', input, as);
    const id = text(Distribution?.Id);
    return { id, attributes: { Id: id, DomainName: Distribution?.DomainName } };
  },
  update: async (created, properties, { aws, as }) => {
    const { ETag, DistributionConfig: before } = await aws.invoke(
      'cloudfront',
      'GetDistributionConfig',
      { Id: created.id },
      as,
    );
    const config = distributionToApi(properties, text(before?.CallerReference));
    const input = asInput<{ Id: string; DistributionConfig: never }>({
      Id: created.id,
      IfMatch: ETag,
      DistributionConfig: config,
    });
    await aws.invoke('cloudfront', 'UpdateDistribution', input, as);
    return created;
  },
  // As CloudFormation does: what is to be deleted is disabled first.
  delete: async ({ id }, _properties, { aws, as }) => {
    const { ETag, DistributionConfig } = await aws.invoke(
      'cloudfront',
      'GetDistributionConfig',
      { Id: id },
      as,
    );
    const disabled = asInput<{ Id: string; DistributionConfig: never }>({
      Id: id,
      IfMatch: ETag,
      DistributionConfig: { ...DistributionConfig, Enabled: false },
    });
    const { ETag: newest } = await aws.invoke('cloudfront', 'UpdateDistribution', disabled, as);
    await aws.invoke('cloudfront', 'DeleteDistribution', { Id: id, IfMatch: newest }, as);
  },
};

const vpcOrigin: Provider = {
  create: async (properties, { aws, as }) => {
    const VpcOriginEndpointConfig = toApi(properties.VpcOriginEndpointConfig);
    const input = asInput<{ VpcOriginEndpointConfig: never }>({
      VpcOriginEndpointConfig,
      ...tagsOf(properties),
    });
    const { VpcOrigin } = await aws.invoke('cloudfront', 'CreateVpcOrigin', input, as);
    const { Id, Arn, CreatedTime, LastModifiedTime, Status } = VpcOrigin ?? {};
    return { id: text(Id), attributes: { Id, Arn, Status, CreatedTime, LastModifiedTime } };
  },
  update: async (created, properties, { aws, as }) => {
    const { ETag } = await aws.invoke('cloudfront', 'GetVpcOrigin', { Id: created.id }, as);
    const input = asInput<{ Id: string; IfMatch: string; VpcOriginEndpointConfig: never }>({
      Id: created.id,
      IfMatch: ETag,
      VpcOriginEndpointConfig: toApi(properties.VpcOriginEndpointConfig),
    });
    await aws.invoke('cloudfront', 'UpdateVpcOrigin', input, as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    const { ETag } = await aws.invoke('cloudfront', 'GetVpcOrigin', { Id: id }, as);
    await aws.invoke('cloudfront', 'DeleteVpcOrigin', { Id: id, IfMatch: text(ETag) }, as);
  },
};

const edgeFunction: Provider = {
  create: async (properties, asked) => {
    const { aws, as } = asked;
    const input = { ...functionInput(properties), ...tagsOf(properties) };
    const { FunctionSummary, ETag } = await aws.invoke('cloudfront', 'CreateFunction', asInput(input), as);
    const arn = text(FunctionSummary?.FunctionMetadata?.FunctionARN);
    await publish(properties, text(ETag), asked);
    return { id: arn, attributes: { FunctionARN: arn, 'FunctionMetadata.FunctionARN': arn, Stage: 'LIVE' } };
  },
  update: async (created, properties, asked) => {
    const { aws, as } = asked;
    const Name = text(properties.Name);
    const { ETag } = await aws.invoke('cloudfront', 'DescribeFunction', { Name }, as);
    const input = asInput<{ Name: string; IfMatch: string; FunctionConfig: never; FunctionCode: Uint8Array }>(
      {
        ...functionInput(properties),
        IfMatch: ETag,
      },
    );
    const { ETag: newest } = await aws.invoke('cloudfront', 'UpdateFunction', input, as);
    await publish(properties, text(newest), asked);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    const Name = id.slice(id.lastIndexOf('/') + 1);
    const { ETag } = await aws.invoke('cloudfront', 'DescribeFunction', { Name }, as);
    await aws.invoke('cloudfront', 'DeleteFunction', { Name, IfMatch: text(ETag) }, as);
  },
};

const functionInput = (properties: Properties): Properties => ({
  Name: text(properties.Name),
  FunctionConfig: toApi(properties.FunctionConfig),
  FunctionCode: new TextEncoder().encode(text(properties.FunctionCode)),
});

async function publish(properties: Properties, IfMatch: string, { aws, as }: Asked): Promise<void> {
  if (properties.AutoPublish !== true && properties.AutoPublish !== 'true') return;
  await aws.invoke('cloudfront', 'PublishFunction', { Name: text(properties.Name), IfMatch }, as);
}

const keyValueStore: Provider = {
  create: async (properties, { aws, as }) => {
    const input = {
      Name: text(properties.Name),
      Comment: optional(properties.Comment),
      ...tagsOf(properties),
    };
    const { KeyValueStore } = await aws.invoke('cloudfront', 'CreateKeyValueStore', asInput(input), as);
    const { ARN, Id, Status } = KeyValueStore ?? {};
    return { id: text(properties.Name), attributes: { Arn: ARN, Id, Status } };
  },
  update: async (created, properties, { aws, as }) => {
    const Name = created.id;
    const { ETag } = await aws.invoke('cloudfront', 'DescribeKeyValueStore', { Name }, as);
    const input = { Name, IfMatch: text(ETag), Comment: text(properties.Comment) };
    await aws.invoke('cloudfront', 'UpdateKeyValueStore', input, as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    const { ETag } = await aws.invoke('cloudfront', 'DescribeKeyValueStore', { Name: id }, as);
    await aws.invoke('cloudfront', 'DeleteKeyValueStore', { Name: id, IfMatch: text(ETag) }, as);
  },
};

const POLICIES = [
  'CachePolicy',
  'OriginRequestPolicy',
  'ResponseHeadersPolicy',
  'OriginAccessControl',
] as const;
type Policy = (typeof POLICIES)[number];

/** The four that have nothing but an id and a configuration, and operations of the same form. */
function policy(name: Policy): Provider {
  const configOf = (properties: Properties) => ({ [`${name}Config`]: toApi(properties[`${name}Config`]) });
  const answer = (created: unknown, modified: unknown): Created => {
    const Id = text(record(record(created)[name]).Id);
    return { id: Id, attributes: { Id, LastModifiedTime: modified } };
  };
  return {
    create: async (properties, { aws, as }) => {
      const made = await aws.invoke('cloudfront', `Create${name}`, asInput(configOf(properties)), as);
      return answer(made, aws.clock.now());
    },
    update: async ({ id }, properties, { aws, as }) => {
      const { ETag } = await aws.invoke('cloudfront', `Get${name}`, { Id: id }, as);
      const input = asInput<never>({ Id: id, IfMatch: ETag, ...configOf(properties) });
      return answer(await aws.invoke('cloudfront', `Update${name}`, input, as), aws.clock.now());
    },
    delete: async ({ id }, _properties, { aws, as }) => {
      const { ETag } = await aws.invoke('cloudfront', `Get${name}`, { Id: id }, as);
      await aws.invoke('cloudfront', `Delete${name}`, { Id: id, IfMatch: text(ETag) }, as);
    },
  };
}

export const cloudFrontProviders: Providers = {
  'AWS::CloudFront::Distribution': distribution,
  'AWS::CloudFront::VpcOrigin': vpcOrigin,
  'AWS::CloudFront::Function': edgeFunction,
  'AWS::CloudFront::KeyValueStore': keyValueStore,
  ...Object.fromEntries(POLICIES.map((name) => [`AWS::CloudFront::${name}`, policy(name)])),
};
