import type {
  AlarmConfiguration,
  AutoRollbackConfiguration,
  BlueGreenDeploymentConfiguration,
  DeploymentConfigInfo,
  DeploymentCreator,
  ECSTaskSet,
  LastDeploymentInfo,
  OutdatedInstancesStrategy,
  RevisionLocation,
  RollbackInfo,
  Tag,
  TriggerConfig,
} from '@aws-sdk/client-codedeploy';
import type { AppSpec } from './appspec.ts';
import type { Deployment } from './engine/deployment.ts';
import type { Environment } from './engine/environment.ts';

export interface Application {
  id: string;
  name: string;
  createTime: Date;
  tags: Tag[];
  /** Revisions by what identifies them, in the order of registration. */
  revisions: Map<string, RegisteredRevision>;
  groups: Map<string, DeploymentGroup>;
}

export interface RegisteredRevision {
  revision: RevisionLocation;
  description?: string;
  groupNames: Set<string>;
  registerTime: Date;
  firstUsedTime?: Date;
  lastUsedTime?: Date;
}

/** An ECS deployment group. Every value here has passed the checks of deployment-group-settings.ts. */
export interface DeploymentGroupSettings {
  deploymentConfigName: string;
  serviceRoleArn: string;
  ecsService: { clusterName: string; serviceName: string };
  targetGroupNames: [string, string];
  productionListenerArn: string;
  testListenerArn?: string;
  blueGreen: BlueGreenDeploymentConfiguration;
  autoRollback: AutoRollbackConfiguration;
  alarms: AlarmConfiguration;
  triggers: TriggerConfig[];
  outdatedInstancesStrategy: OutdatedInstancesStrategy;
}

export interface DeploymentGroup {
  id: string;
  applicationName: string;
  name: string;
  settings: DeploymentGroupSettings;
  tags: Tag[];
  targetRevision?: RevisionLocation;
  lastSuccessful?: LastDeploymentInfo;
  lastAttempted?: LastDeploymentInfo;
}

/** A deployment as it was asked for, and what has become of it. */
export interface DeploymentRecord {
  id: string;
  applicationName: string;
  groupName: string;
  /** The group as it was when the deployment was created: later updates do not reach it. */
  settings: DeploymentGroupSettings;
  config: DeploymentConfigInfo;
  revision: RevisionLocation;
  previousRevision?: RevisionLocation;
  description?: string;
  creator: DeploymentCreator;
  autoRollback: AutoRollbackConfiguration;
  alarms: AlarmConfiguration;
  overrideAlarms?: AlarmConfiguration;
  createTime: Date;
  lastUpdatedAt: Date;
  state: Deployment;
  rollbackInfo?: RollbackInfo;
  appSpec?: AppSpec;
  environment?: Environment;
  /** Since when, during the shift, a task set has not been steady. */
  unsteadySince?: Date;
  /** The task sets as they were seen last. */
  taskSets: ECSTaskSet[];
}

export interface Registry {
  applications: Map<string, Application>;
  configs: Map<string, DeploymentConfigInfo>;
  deployments: Map<string, DeploymentRecord>;
}
