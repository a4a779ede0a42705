import {
  type Asked,
  asInput,
  type Created,
  list,
  optional,
  type Properties,
  type Provider,
  type Providers,
  record,
  text,
  without,
} from './provider.ts';

/** How often CloudFormation looks whether a database has come up or gone, in simulated time. */
const LOOK = 15_000;

const NUMBERS = [
  'AllocatedStorage',
  'BackupRetentionPeriod',
  'MonitoringInterval',
  'PerformanceInsightsRetentionPeriod',
  'Port',
  'Iops',
  'StorageThroughput',
  'MaxAllocatedStorage',
];

/** A template may have numbers and truths as text; the API has not. */
function typed(properties: Properties): Properties {
  const value = (name: string, given: unknown): unknown => {
    if (NUMBERS.includes(name)) return Number(given);
    return given === 'true' ? true : given === 'false' ? false : given;
  };
  return Object.fromEntries(Object.entries(properties).map(([name, given]) => [name, value(name, given)]));
}

const subnetGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const name = optional(properties.DBSubnetGroupName) ?? generatedName.toLowerCase();
    await aws.invoke(
      'rds',
      'CreateDBSubnetGroup',
      asInput({ ...without(properties, 'DBSubnetGroupName'), DBSubnetGroupName: name }),
      as,
    );
    return { id: name.toLowerCase(), attributes: {} };
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('rds', 'DeleteDBSubnetGroup', { DBSubnetGroupName: id }, as);
  },
};

const parameterGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const name = (optional(properties.DBParameterGroupName) ?? generatedName).toLowerCase();
    await aws.invoke(
      'rds',
      'CreateDBParameterGroup',
      {
        DBParameterGroupName: name,
        DBParameterGroupFamily: text(properties.Family),
        Description: text(properties.Description),
      },
      as,
    );
    await setParameters(name, properties, { aws, as });
    return { id: name, attributes: { DBParameterGroupName: name } };
  },
  update: async (created, properties, asked) => {
    await setParameters(created.id, properties, asked);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('rds', 'DeleteDBParameterGroup', { DBParameterGroupName: id }, as);
  },
};

async function setParameters(name: string, properties: Properties, { aws, as }: Pick<Asked, 'aws' | 'as'>) {
  const Parameters = Object.entries(record(properties.Parameters)).map(([ParameterName, value]) => ({
    ParameterName,
    ParameterValue: text(value),
    ApplyMethod: 'pending-reboot' as const,
  }));
  if (Parameters.length === 0) return;
  await aws.invoke('rds', 'ModifyDBParameterGroup', { DBParameterGroupName: name, Parameters }, as);
}

/** Names that the API has otherwise than templates. */
function instanceInput(properties: Properties): Properties {
  return {
    ...without(typed(properties), 'VPCSecurityGroups', 'Tags', 'CertificateRotationRestart'),
    ...(properties.VPCSecurityGroups === undefined
      ? {}
      : { VpcSecurityGroupIds: list(properties.VPCSecurityGroups).map(text) }),
    ...(properties.Tags === undefined ? {} : { Tags: properties.Tags }),
  };
}

const instance: Provider = {
  create: async (properties, asked) => {
    const { aws, as, generatedName } = asked;
    const id = optional(properties.DBInstanceIdentifier) ?? generatedName.toLowerCase();
    const input = { ...instanceInput(properties), DBInstanceIdentifier: id };
    if (properties.SourceDBInstanceIdentifier !== undefined) {
      throw new Error('the embedded AWS has no read replicas: leave SourceDBInstanceIdentifier out');
    }
    await aws.invoke('rds', 'CreateDBInstance', asInput(input), as);
    return settled(id, asked);
  },
  update: async (created, properties, asked) => {
    const { aws, as } = asked;
    const input = without(
      instanceInput(properties),
      'Tags',
      'Engine',
      'DBName',
      'MasterUsername',
      'StorageEncrypted',
      'DBSubnetGroupName',
      'ManageMasterUserPassword',
    );
    await aws.invoke('rds', 'ModifyDBInstance', asInput({ ...input, DBInstanceIdentifier: created.id }), as);
    return settled(created.id, asked);
  },
  delete: async ({ id }, _properties, asked) => {
    const { aws, as } = asked;
    await aws.invoke('rds', 'DeleteDBInstance', { DBInstanceIdentifier: id, SkipFinalSnapshot: true }, as);
    while (await statusOf(id, asked)) await aws.clock.sleep(LOOK);
  },
};

async function statusOf(id: string, { aws, as }: Asked): Promise<string | undefined> {
  const { DBInstances } = await aws
    .invoke('rds', 'DescribeDBInstances', { DBInstanceIdentifier: id }, as)
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'DBInstanceNotFoundFault') return { DBInstances: [] };
      throw error;
    });
  return DBInstances?.[0]?.DBInstanceStatus;
}

/** Waits until it is available, and says then where it is. */
async function settled(id: string, asked: Asked): Promise<Created> {
  const { aws, as } = asked;
  for (let status = await statusOf(id, asked); status !== 'available'; status = await statusOf(id, asked)) {
    if (status === 'failed' || status === undefined)
      throw new Error(`DB instance ${id} is ${status ?? 'gone'}`);
    await aws.clock.sleep(LOOK);
  }
  const { DBInstances } = await aws.invoke('rds', 'DescribeDBInstances', { DBInstanceIdentifier: id }, as);
  const found = DBInstances?.[0];
  return {
    id,
    attributes: {
      'Endpoint.Address': found?.Endpoint?.Address,
      'Endpoint.Port': text(found?.Endpoint?.Port),
      'Endpoint.HostedZoneId': 'Z2R2ITUGPM61AM',
      'MasterUserSecret.SecretArn': found?.MasterUserSecret?.SecretArn,
      DBInstanceArn: found?.DBInstanceArn,
      DbiResourceId: found?.DbiResourceId,
    },
  };
}

const group: Provider = {
  create: async (properties, asked) => {
    const name = optional(properties.AutoScalingGroupName) ?? asked.generatedName;
    const subnets = list(properties.VPCZoneIdentifier).map(text);
    await asked.aws.invoke(
      'autoscaling',
      'CreateAutoScalingGroup',
      {
        AutoScalingGroupName: name,
        ...sizes(properties),
        ...(subnets.length > 0 ? { VPCZoneIdentifier: subnets.join(',') } : {}),
      },
      asked.as,
    );
    return { id: name, attributes: {} };
  },
  update: async (created, properties, { aws, as }) => {
    await aws.invoke(
      'autoscaling',
      'UpdateAutoScalingGroup',
      { AutoScalingGroupName: created.id, ...sizes(properties) },
      as,
    );
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke(
      'autoscaling',
      'DeleteAutoScalingGroup',
      { AutoScalingGroupName: id, ForceDelete: true },
      as,
    );
  },
};

function sizes(properties: Properties) {
  const { MinSize, MaxSize, DesiredCapacity } = properties;
  return {
    MinSize: Number(MinSize),
    MaxSize: Number(MaxSize),
    ...(DesiredCapacity === undefined ? {} : { DesiredCapacity: Number(DesiredCapacity) }),
  };
}

export const databaseProviders: Providers = {
  'AWS::RDS::DBSubnetGroup': subnetGroup,
  'AWS::RDS::DBParameterGroup': parameterGroup,
  'AWS::RDS::DBInstance': instance,
  'AWS::AutoScaling::AutoScalingGroup': group,
};
