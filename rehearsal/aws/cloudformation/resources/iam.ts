import {
  type Asked,
  type Created,
  list,
  optional,
  type Properties,
  type Provider,
  type Providers,
  policyText,
  record,
  text,
} from './provider.ts';

const tagsOf = (properties: Properties) =>
  list(properties.Tags).map((tag) => ({ Key: text(record(tag).Key), Value: text(record(tag).Value) }));

const role: Provider = {
  create: async (properties, asked) => {
    const { aws, as } = asked;
    const RoleName = optional(properties.RoleName) ?? asked.generatedName.slice(0, 64);
    const { Role } = await aws.invoke(
      'iam',
      'CreateRole',
      {
        RoleName,
        AssumeRolePolicyDocument: policyText(properties.AssumeRolePolicyDocument),
        ...(properties.Path === undefined ? {} : { Path: text(properties.Path) }),
        ...(properties.Description === undefined ? {} : { Description: text(properties.Description) }),
        ...(properties.MaxSessionDuration === undefined
          ? {}
          : { MaxSessionDuration: Number(properties.MaxSessionDuration) }),
        ...(properties.PermissionsBoundary === undefined
          ? {}
          : { PermissionsBoundary: text(properties.PermissionsBoundary) }),
        Tags: tagsOf(properties),
      },
      as,
    );
    await givePolicies(RoleName, properties, asked);
    return { id: RoleName, attributes: { Arn: Role?.Arn, RoleId: Role?.RoleId } };
  },
  update: async (created, properties, asked, before) => {
    const { aws, as } = asked;
    const RoleName = created.id;
    const PolicyDocument = policyText(properties.AssumeRolePolicyDocument);
    await aws.invoke('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument }, as);
    await takePolicies(RoleName, before, asked);
    await givePolicies(RoleName, properties, asked);
    return created;
  },
  delete: async ({ id: RoleName }, properties, asked) => {
    await takePolicies(RoleName, properties, asked);
    await asked.aws.invoke('iam', 'DeleteRole', { RoleName }, asked.as);
  },
};

async function givePolicies(RoleName: string, properties: Properties, { aws, as }: Asked): Promise<void> {
  for (const PolicyArn of list(properties.ManagedPolicyArns).map(text)) {
    await aws.invoke('iam', 'AttachRolePolicy', { RoleName, PolicyArn }, as);
  }
  for (const policy of list(properties.Policies).map(record)) {
    const PolicyDocument = policyText(policy.PolicyDocument);
    await aws.invoke(
      'iam',
      'PutRolePolicy',
      { RoleName, PolicyName: text(policy.PolicyName), PolicyDocument },
      as,
    );
  }
}

async function takePolicies(RoleName: string, properties: Properties, { aws, as }: Asked): Promise<void> {
  for (const PolicyArn of list(properties.ManagedPolicyArns).map(text)) {
    await aws.invoke('iam', 'DetachRolePolicy', { RoleName, PolicyArn }, as);
  }
  for (const policy of list(properties.Policies).map(record)) {
    await aws.invoke('iam', 'DeleteRolePolicy', { RoleName, PolicyName: text(policy.PolicyName) }, as);
  }
}

/** AWS::IAM::Policy (of several roles) and AWS::IAM::RolePolicy (of one). */
const inlinePolicy: Provider = {
  create: async (properties, asked) => {
    await putInline(properties, asked);
    return { id: text(properties.PolicyName), attributes: { Id: text(properties.PolicyName) } };
  },
  update: async (created, properties, asked, before) => {
    const kept = new Set(rolesOf(properties));
    for (const RoleName of rolesOf(before).filter((name) => !kept.has(name))) {
      await asked.aws.invoke('iam', 'DeleteRolePolicy', { RoleName, PolicyName: created.id }, asked.as);
    }
    await putInline(properties, asked);
    return created;
  },
  delete: async ({ id: PolicyName }, properties, { aws, as }) => {
    for (const RoleName of rolesOf(properties)) {
      await aws.invoke('iam', 'DeleteRolePolicy', { RoleName, PolicyName }, as);
    }
  },
};

const rolesOf = ({ Roles, RoleName }: Properties) => [...list(Roles), ...list(RoleName)].map(text);

async function putInline(properties: Properties, { aws, as }: Asked): Promise<void> {
  const policy = {
    PolicyName: text(properties.PolicyName),
    PolicyDocument: policyText(properties.PolicyDocument),
  };
  for (const RoleName of rolesOf(properties)) {
    await aws.invoke('iam', 'PutRolePolicy', { RoleName, ...policy }, as);
  }
}

const managedPolicy: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const { Policy } = await aws.invoke(
      'iam',
      'CreatePolicy',
      {
        PolicyName: optional(properties.ManagedPolicyName) ?? generatedName,
        PolicyDocument: policyText(properties.PolicyDocument),
        ...(properties.Path === undefined ? {} : { Path: text(properties.Path) }),
        ...(properties.Description === undefined ? {} : { Description: text(properties.Description) }),
      },
      as,
    );
    const PolicyArn = text(Policy?.Arn);
    for (const RoleName of rolesOf(properties)) {
      await aws.invoke('iam', 'AttachRolePolicy', { RoleName, PolicyArn }, as);
    }
    return { id: PolicyArn, attributes: { PolicyArn, PolicyId: Policy?.PolicyId } };
  },
  update: async (created, properties, { aws, as }) => {
    const { Versions = [] } = await aws.invoke('iam', 'ListPolicyVersions', { PolicyArn: created.id }, as);
    const oldest = Versions.find(({ IsDefaultVersion }) => !IsDefaultVersion)?.VersionId;
    if (Versions.length >= 5 && oldest !== undefined) {
      await aws.invoke('iam', 'DeletePolicyVersion', { PolicyArn: created.id, VersionId: oldest }, as);
    }
    const PolicyDocument = policyText(properties.PolicyDocument);
    await aws.invoke(
      'iam',
      'CreatePolicyVersion',
      { PolicyArn: created.id, PolicyDocument, SetAsDefault: true },
      as,
    );
    return created;
  },
  delete: async ({ id: PolicyArn }, properties, { aws, as }) => {
    for (const RoleName of rolesOf(properties)) {
      await aws.invoke('iam', 'DetachRolePolicy', { RoleName, PolicyArn }, as);
    }
    await aws.invoke('iam', 'DeletePolicy', { PolicyArn }, as);
  },
};

const openIdProvider: Provider = {
  create: async (properties, { aws, as }) => {
    const { OpenIDConnectProviderArn: Arn } = await aws.invoke(
      'iam',
      'CreateOpenIDConnectProvider',
      {
        Url: text(properties.Url),
        ClientIDList: list(properties.ClientIdList).map(text),
        ThumbprintList: list(properties.ThumbprintList).map(text),
      },
      as,
    );
    return { id: text(Arn), attributes: { Arn } };
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: id }, as);
  },
};

const instanceProfile: Provider = {
  create: async (properties, { aws, as, generatedName }): Promise<Created> => {
    const InstanceProfileName = optional(properties.InstanceProfileName) ?? generatedName;
    const { InstanceProfile } = await aws.invoke('iam', 'CreateInstanceProfile', { InstanceProfileName }, as);
    for (const RoleName of rolesOf(properties)) {
      await aws.invoke('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName }, as);
    }
    return { id: InstanceProfileName, attributes: { Arn: InstanceProfile?.Arn } };
  },
  delete: async ({ id: InstanceProfileName }, properties, { aws, as }) => {
    for (const RoleName of rolesOf(properties)) {
      await aws.invoke('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }, as);
    }
    await aws.invoke('iam', 'DeleteInstanceProfile', { InstanceProfileName }, as);
  },
};

export const iamProviders: Providers = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': inlinePolicy,
  'AWS::IAM::RolePolicy': inlinePolicy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::OIDCProvider': openIdProvider,
  'AWS::IAM::InstanceProfile': instanceProfile,
};
