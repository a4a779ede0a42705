import {
  type Asked,
  list,
  optional,
  type Properties,
  type Provider,
  type Providers,
  policyText,
  record,
  text,
} from './provider.ts';

const bucket: Provider = {
  create: async (properties, asked) => {
    const Bucket = optional(properties.BucketName) ?? asked.generatedName.toLowerCase().slice(0, 63);
    await asked.aws.invoke('s3', 'CreateBucket', { Bucket }, asked.as);
    await setBucket(Bucket, properties, asked);
    return {
      id: Bucket,
      attributes: {
        Arn: `arn:aws:s3:::${Bucket}`,
        DomainName: `${Bucket}.s3.amazonaws.com`,
        RegionalDomainName: `${Bucket}.s3.${asked.region}.amazonaws.com`,
        WebsiteURL: `http://${Bucket}.s3-website-${asked.region}.amazonaws.com`,
      },
    };
  },
  update: async (created, properties, asked) => {
    await setBucket(created.id, properties, asked);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('s3', 'DeleteBucket', { Bucket: id }, as);
  },
};

async function setBucket(Bucket: string, properties: Properties, { aws, as }: Asked): Promise<void> {
  const rules = list(record(properties.BucketEncryption).ServerSideEncryptionConfiguration).map(record);
  if (rules.length > 0) {
    const Rules = rules.map((rule) => ({
      ApplyServerSideEncryptionByDefault: record(rule.ServerSideEncryptionByDefault) as never,
    }));
    const configuration = { ServerSideEncryptionConfiguration: { Rules } };
    await aws.invoke('s3', 'PutBucketEncryption', { Bucket, ...configuration }, as);
  }
  const { Status } = record(properties.VersioningConfiguration);
  if (Status !== undefined) {
    const VersioningConfiguration = {
      Status: Status === 'Enabled' ? ('Enabled' as const) : ('Suspended' as const),
    };
    await aws.invoke('s3', 'PutBucketVersioning', { Bucket, VersioningConfiguration }, as);
  }
  if (properties.PublicAccessBlockConfiguration !== undefined) {
    const PublicAccessBlockConfiguration = record(properties.PublicAccessBlockConfiguration);
    await aws.invoke('s3', 'PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration }, as);
  }
}

const bucketPolicy: Provider = {
  create: async (properties, { aws, as }) => {
    const Bucket = text(properties.Bucket);
    await aws.invoke('s3', 'PutBucketPolicy', { Bucket, Policy: policyText(properties.PolicyDocument) }, as);
    return { id: Bucket, attributes: {} };
  },
  update: async (created, properties, { aws, as }) => {
    const Policy = policyText(properties.PolicyDocument);
    await aws.invoke('s3', 'PutBucketPolicy', { Bucket: created.id, Policy }, as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('s3', 'DeleteBucketPolicy', { Bucket: id }, as);
  },
};

const repository: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const repositoryName = optional(properties.RepositoryName) ?? generatedName.toLowerCase();
    const mutability = text(properties.ImageTagMutability ?? 'MUTABLE');
    const { repository: made } = await aws.invoke(
      'ecr',
      'CreateRepository',
      {
        repositoryName,
        imageTagMutability: mutability as never,
        ...(properties.ImageTagMutabilityExclusionFilters === undefined
          ? {}
          : {
              imageTagMutabilityExclusionFilters: list(properties.ImageTagMutabilityExclusionFilters).map(
                (filter) => ({
                  filterType: text(record(filter).ImageTagMutabilityExclusionFilterType) as never,
                  filter: text(record(filter).ImageTagMutabilityExclusionFilterValue),
                }),
              ),
            }),
        imageScanningConfiguration: {
          scanOnPush: record(properties.ImageScanningConfiguration).ScanOnPush === true,
        },
      },
      as,
    );
    const lifecyclePolicyText = optional(record(properties.LifecyclePolicy).LifecyclePolicyText);
    if (lifecyclePolicyText !== undefined) {
      await aws.invoke('ecr', 'PutLifecyclePolicy', { repositoryName, lifecyclePolicyText }, as);
    }
    if (properties.RepositoryPolicyText !== undefined) {
      const policy = policyText(properties.RepositoryPolicyText);
      await aws.invoke('ecr', 'SetRepositoryPolicy', { repositoryName, policyText: policy }, as);
    }
    return {
      id: repositoryName,
      attributes: { Arn: made?.repositoryArn, RepositoryUri: made?.repositoryUri },
    };
  },
  update: async (created, properties, { aws, as }) => {
    const lifecyclePolicyText = optional(record(properties.LifecyclePolicy).LifecyclePolicyText);
    if (lifecyclePolicyText !== undefined) {
      await aws.invoke('ecr', 'PutLifecyclePolicy', { repositoryName: created.id, lifecyclePolicyText }, as);
    }
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ecr', 'DeleteRepository', { repositoryName: id }, as);
  },
};

async function putParameter(Name: string, properties: Properties, { aws, as }: Asked) {
  const Type = text(properties.Type ?? 'String') as 'String';
  await aws.invoke('ssm', 'PutParameter', { Name, Value: text(properties.Value), Type, Overwrite: true }, as);
  return { id: Name, attributes: { Type, Value: properties.Value } };
}

const parameter: Provider = {
  create: (properties, asked) =>
    putParameter(optional(properties.Name) ?? `CFN-${asked.generatedName}`, properties, asked),
  update: (created, properties, asked) => putParameter(created.id, properties, asked),
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ssm', 'DeleteParameter', { Name: id }, as);
  },
};

const logGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const logGroupName = optional(properties.LogGroupName) ?? generatedName;
    await aws.invoke('logs', 'CreateLogGroup', { logGroupName }, as);
    const retentionInDays = Number(properties.RetentionInDays ?? 0);
    if (retentionInDays > 0) {
      await aws.invoke('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays }, as);
    }
    return { id: logGroupName, attributes: { Arn: aws.arn('logs', `log-group:${logGroupName}:*`) } };
  },
  update: async (created, properties, { aws, as }) => {
    const retentionInDays = Number(properties.RetentionInDays ?? 0);
    if (retentionInDays > 0) {
      await aws.invoke('logs', 'PutRetentionPolicy', { logGroupName: created.id, retentionInDays }, as);
    }
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('logs', 'DeleteLogGroup', { logGroupName: id }, as);
  },
};

const secret: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const { SecretStringTemplate, GenerateStringKey } = record(properties.GenerateSecretString);
    const random = crypto.randomUUID().replaceAll('-', '');
    const generated =
      SecretStringTemplate === undefined
        ? random
        : JSON.stringify({ ...JSON.parse(text(SecretStringTemplate)), [text(GenerateStringKey)]: random });
    const { ARN } = await aws.invoke(
      'secretsmanager',
      'CreateSecret',
      {
        Name: optional(properties.Name) ?? generatedName,
        SecretString: optional(properties.SecretString) ?? generated,
      },
      as,
    );
    return { id: text(ARN), attributes: { Id: ARN } };
  },
  update: async (created) => created,
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('secretsmanager', 'DeleteSecret', { SecretId: id }, as);
  },
};

export const storageProviders: Providers = {
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
  'AWS::ECR::Repository': repository,
  'AWS::SSM::Parameter': parameter,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::SecretsManager::Secret': secret,
};
