import type {
  CapacityProviderStrategyItem,
  ClusterSetting,
  Container,
  DeploymentConfiguration,
  LoadBalancer,
  NetworkConfiguration,
  PropagateTags,
  Scale,
  ServiceEvent,
  ServiceRegistry,
  Tag,
  TaskDefinition,
  TaskOverride,
  TaskStopCode,
} from '@aws-sdk/client-ecs';
import type { RunningContainer } from '../dataplane/task/runtime.ts';

export interface ClusterRecord {
  name: string;
  arn: string;
  status: 'ACTIVE' | 'INACTIVE';
  capacityProviders: string[];
  defaultStrategy: CapacityProviderStrategyItem[];
  settings: ClusterSetting[];
  tags: Tag[];
}

export interface TaskDefinitionRecord {
  arn: string;
  family: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  definition: TaskDefinition;
  tags: Tag[];
}

/** Where tasks run: on a launch type, or spread over capacity providers. */
export type Capacity =
  | { launchType: 'FARGATE' | 'EC2' | 'EXTERNAL' | 'MANAGED_INSTANCES' }
  | { strategy: CapacityProviderStrategyItem[] };

/** What tasks of a service are started with: a task set of CodeDeploy's, or a deployment of ECS's own. */
export interface TaskSetRecord {
  /** `ecs-svc/1234567890123456789`; tasks carry it as `startedBy`. */
  id: string;
  arn: string;
  kind: 'task set' | 'deployment';
  status: 'PRIMARY' | 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  taskDefinition: TaskDefinitionRecord;
  capacity: Capacity;
  scale: Scale & { value: number };
  externalId?: string;
  startedBy?: string;
  platformVersion: string;
  networkConfiguration?: NetworkConfiguration;
  loadBalancers: LoadBalancer[];
  serviceRegistries: ServiceRegistry[];
  tags: Tag[];
  createdAt: Date;
  updatedAt: Date;
  stability: 'STABILIZING' | 'STEADY_STATE';
  stabilityAt: Date;
  failedTasks: number;
  /** Failures since a task last stayed healthy, and until when no task is started because of them. */
  backOff: { failures: number; until: number };
  rollout?: { state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'; reason: string };
}

export interface ServiceRecord {
  name: string;
  arn: string;
  cluster: ClusterRecord;
  controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  taskSets: TaskSetRecord[];
  deploymentConfiguration: DeploymentConfiguration;
  healthCheckGracePeriodSeconds: number;
  loadBalancers: LoadBalancer[];
  serviceRegistries: ServiceRegistry[];
  events: ServiceEvent[];
  createdAt: Date;
  createdBy: string;
  tags: Tag[];
  propagateTags: PropagateTags;
  enableECSManagedTags: boolean;
  enableExecuteCommand: boolean;
  clientToken?: string;
  steady: boolean;
}

type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface StopCause {
  code: TaskStopCode;
  reason: string;
}

export interface ContainerRecord extends Container {
  name: string;
  lastStatus: string;
  running?: RunningContainer;
}

/** A target that a task was registered as. */
export interface RegisteredTarget {
  targetGroupArn: string;
  port: number;
  /** As the load balancer last said. */
  health: string;
}

export interface TaskRecord {
  id: string;
  arn: string;
  cluster: ClusterRecord;
  definition: TaskDefinitionRecord;
  group: string;
  startedBy?: string;
  service?: ServiceRecord;
  taskSet?: TaskSetRecord;
  launchType: 'FARGATE';
  capacityProvider?: string;
  platformVersion: string;
  networkConfiguration?: NetworkConfiguration;
  overrides: TaskOverride;
  tags: Tag[];
  availabilityZone: string;
  lastStatus: TaskStatus;
  address?: string;
  attachmentId: string;
  containers: ContainerRecord[];
  targets: RegisteredTarget[];
  stop?: StopCause;
  /** Aborted when the task is told to stop; its reason is nothing to report. */
  stopAsked: AbortController;
  version: number;
  createdAt: Date;
  pullStartedAt?: Date;
  pullStoppedAt?: Date;
  startedAt?: Date;
  stoppingAt?: Date;
  executionStoppedAt?: Date;
  stoppedAt?: Date;
}
