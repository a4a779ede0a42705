import type {
  ContainerDefinition,
  RegisterTaskDefinitionCommandInput,
  TaskDefinition,
} from '@aws-sdk/client-ecs';

/** What a release may change of a service's main container. Absent members stay as they are. */
export interface Change {
  image: string;
  environment?: Readonly<Record<string, string>> | undefined;
  /** Name → ARN of a secret or SSM parameter. */
  secrets?: Readonly<Record<string, string>> | undefined;
}

export interface Difference {
  /** `containerDefinitions.search.image` */
  path: string;
  from: unknown;
  to: unknown;
}

/** The revision that is wanted: the live one with only the image, and named variables and secrets, changed. */
export function withChange(live: TaskDefinition, container: string, change: Change): TaskDefinition {
  return {
    ...live,
    containerDefinitions: (live.containerDefinitions ?? []).map((definition) =>
      definition.name === container ? changedContainer(definition, change) : definition,
    ),
  };
}

function changedContainer(definition: ContainerDefinition, change: Change): ContainerDefinition {
  const { environment, secrets } = change;
  const secretNames = new Set(Object.keys(secrets ?? {}));
  const variableNames = new Set(Object.keys(environment ?? {}));
  return {
    ...definition,
    image: change.image,
    ...((environment || secrets) && {
      environment: [
        ...(definition.environment ?? []).filter(
          ({ name }) => name !== undefined && !variableNames.has(name) && !secretNames.has(name),
        ),
        ...Object.entries(environment ?? {}).map(([name, value]) => ({ name, value })),
      ],
      secrets: [
        ...(definition.secrets ?? []).filter(
          ({ name }) => name !== undefined && !secretNames.has(name) && !variableNames.has(name),
        ),
        ...Object.entries(secrets ?? {}).map(([name, valueFrom]) => ({ name, valueFrom })),
      ],
    }),
  };
}

/** What DescribeTaskDefinition adds that RegisterTaskDefinition does not take. */
const ANSWERED_ONLY = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'deregisteredAt',
  'deleteRequestedAt',
  'registeredBy',
] as const;

/** A described revision as RegisterTaskDefinition takes it; nothing that was set is dropped, empty values stay. */
export function registration(definition: TaskDefinition): RegisterTaskDefinitionCommandInput {
  const input: Record<string, unknown> = { ...definition };
  for (const member of ANSWERED_ONLY) delete input[member];
  return {
    ...input,
    family: definition.family,
    containerDefinitions: definition.containerDefinitions,
  };
}

/**
 * What would be different for the tasks, and nothing else: ECS's defaults filled in, members and lists
 * without meaningful order sorted.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
 */
export function differences(from: TaskDefinition, to: TaskDefinition): Difference[] {
  return compare('', normalised(from), normalised(to));
}

function compare(path: string, from: unknown, to: unknown): Difference[] {
  if (isRecord(from) || isRecord(to)) {
    const [before, after] = [isRecord(from) ? from : {}, isRecord(to) ? to : {}];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => compare(path ? `${path}.${key}` : key, before[key], after[key]));
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists whose items are found by a name become records, so that their order does not count. */
const KEYED: Readonly<Record<string, readonly string[]>> = {
  containerDefinitions: ['name'],
  environment: ['name'],
  secrets: ['name'],
  volumes: ['name'],
  mountPoints: ['containerPath'],
  portMappings: ['containerPort', 'protocol'],
  ulimits: ['name'],
  systemControls: ['namespace'],
  extraHosts: ['hostname', 'ipAddress'],
  dependsOn: ['containerName', 'condition'],
  volumesFrom: ['sourceContainer'],
  secretOptions: ['name'],
  environmentFiles: ['value'],
  resourceRequirements: ['type'],
};
const UNORDERED = new Set(['requiresCompatibilities', 'placementConstraints']);

function normalised(definition: TaskDefinition): Record<string, unknown> {
  const input = registration(definition);
  const containers = (input.containerDefinitions ?? []).map((container) => ({
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      protocol: mapping.protocol ?? 'tcp',
      hostPort: input.networkMode === 'awsvpc' ? (mapping.containerPort ?? 0) : (mapping.hostPort ?? 0),
    })),
  }));
  const fargate = input.requiresCompatibilities?.includes('FARGATE') ?? false;
  return asRecord({
    ...input,
    containerDefinitions: containers,
    networkMode: input.networkMode ?? 'bridge',
    ...(fargate && {
      runtimePlatform: {
        cpuArchitecture: input.runtimePlatform?.cpuArchitecture ?? 'X86_64',
        operatingSystemFamily: input.runtimePlatform?.operatingSystemFamily ?? 'LINUX',
      },
      ephemeralStorage: input.ephemeralStorage ?? { sizeInGiB: 20 },
    }),
    enableFaultInjection: input.enableFaultInjection ?? false,
    tags: undefined,
  });
}

function asRecord(value: object): Record<string, unknown> {
  const entries = Object.entries(value)
    .map(([key, member]): [string, unknown] => [key, canonical(key, member)])
    .filter(([, member]) => !isEmpty(member));
  return Object.fromEntries(entries);
}

function canonical(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return canonicalList(key, value);
  return isRecord(value) ? asRecord(value) : value;
}

function canonicalList(key: string, list: readonly unknown[]): unknown {
  const names = KEYED[key];
  if (!names) {
    const items = list.map((item) => (isRecord(item) ? asRecord(item) : item));
    return UNORDERED.has(key) ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  const named = list.filter(isRecord).map((item): [string, unknown] => {
    return [names.map((name) => String(item[name] ?? '')).join('/'), asRecord(item)];
  });
  return Object.fromEntries(named.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** ECS answers what was never set as an empty list or leaves it out: both mean the same. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.length === 0) ||
    (isRecord(value) && Object.keys(value).length === 0)
  );
}
