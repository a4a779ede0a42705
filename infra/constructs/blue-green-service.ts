import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EcsDeploymentConfig, EcsDeploymentGroup, type IEcsApplication } from 'aws-cdk-lib/aws-codedeploy';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  type Cluster,
  ContainerImage,
  CpuArchitecture,
  DeploymentControllerType,
  FargatePlatformVersion,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  PropagatedTagSource,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import type { IRole, Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import type { ServiceListeners } from './service-listeners.ts';
import { errorCount, errorPercent } from './service-metrics.ts';
import { ServiceScaling } from './service-scaling.ts';

export interface BlueGreenServiceProps {
  readonly blueprint: Blueprint;
  readonly service: ServiceBlueprint;
  readonly cluster: Cluster;
  readonly listeners: ServiceListeners;
  readonly securityGroup: ISecurityGroup;
  readonly taskRole: Role;
  readonly executionRole: IRole;
  readonly codeDeployRole: IRole;
  readonly application: IEcsApplication;
  readonly logGroup: ILogGroup;
  /** Environment of the container. */
  readonly environment: Record<string, string>;
  /** Secrets that ECS injects into the container. */
  readonly secrets: Record<string, Secret>;
}

/** Tag of the image that a service is created with; a service cannot be created without one. */
const BOOTSTRAP_TAG = 'bootstrap';

/**
 * One service as CodeDeploy wants it: a bootstrap task definition that releases revise, an ECS service that
 * is never changed here again, a deployment group with gate, bake, alarm and rollback.
 */
export class BlueGreenService extends Construct {
  readonly service: FargateService;
  readonly errorAlarm: Alarm;

  constructor(scope: Construct, id: string, props: BlueGreenServiceProps) {
    super(scope, id);
    const { service, cluster, listeners, securityGroup } = props;
    const spot = service.manifest.capacity === 'spot';
    this.service = new FargateService(this, 'Service', {
      serviceName: service.names.service,
      cluster,
      taskDefinition: this.taskDefinition(props),
      deploymentController: { type: DeploymentControllerType.CODE_DEPLOY },
      capacityProviderStrategies: [{ capacityProvider: spot ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 }],
      platformVersion: FargatePlatformVersion.VERSION1_4,
      securityGroups: [securityGroup],
      vpcSubnets: { subnetGroupName: 'private' },
      assignPublicIp: false,
      healthCheckGracePeriod: Duration.seconds(60),
      enableECSManagedTags: true,
      propagateTags: PropagatedTagSource.SERVICE,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
    });
    this.service.attachToApplicationTargetGroup(listeners.blue);
    this.errorAlarm = this.alarm(props);
    this.deploymentGroup(props);
    new ServiceScaling(this, 'Scaling', props).node.addDependency(this.service);
  }

  private taskDefinition(props: BlueGreenServiceProps): FargateTaskDefinition {
    const { blueprint, service, taskRole, executionRole, logGroup } = props;
    const arm = blueprint.manifest.platform === 'linux/arm64';
    const task = new FargateTaskDefinition(this, 'Task', {
      family: service.names.family,
      cpu: service.cpu,
      memoryLimitMiB: service.memory,
      taskRole,
      executionRole: executionRole,
      runtimePlatform: {
        cpuArchitecture: arm ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    // Releases register later revisions: the first one must not disappear beneath them.
    task.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const repository = Repository.fromRepositoryName(this, 'Repository', service.names.repository);
    task.addContainer(service.names.container, {
      containerName: service.names.container,
      image: ContainerImage.fromEcrRepository(repository, BOOTSTRAP_TAG),
      portMappings: [{ containerPort: service.manifest.port }],
      environment: props.environment,
      secrets: props.secrets,
      // Spot gives two minutes' notice: 60 s to finish what was begun, after 30 s of draining.
      stopTimeout: Duration.seconds(60),
      readonlyRootFilesystem: true,
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: service.name }),
    });
    return task;
  }

  /** What makes CodeDeploy roll a deployment back by itself. For the gateway it is the plan's alarm on API errors. */
  private alarm({ blueprint, service, listeners }: BlueGreenServiceProps): Alarm {
    const gateway = service.manifest.public;
    const percent = blueprint.config.monitoring.percent.errors;
    return new Alarm(this, 'Errors', {
      alarmName: `${service.names.family}-errors`,
      alarmDescription: gateway ? `More than ${percent}% of the answers are errors` : 'Answers with 5xx',
      metric: gateway ? errorPercent(listeners) : errorCount(listeners),
      threshold: gateway ? percent : 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private deploymentGroup({
    blueprint,
    service,
    listeners,
    codeDeployRole,
    application,
  }: BlueGreenServiceProps): void {
    const { config, readyMinutes, bakeMinutes } = blueprint.config.deployment;
    new EcsDeploymentGroup(this, 'DeploymentGroup', {
      application,
      deploymentGroupName: service.names.deploymentGroup,
      deploymentConfig: EcsDeploymentConfig.fromEcsDeploymentConfigName(this, 'DeploymentConfig', config),
      role: codeDeployRole,
      service: this.service,
      alarms: [this.errorAlarm],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      blueGreenDeploymentConfig: {
        blueTargetGroup: listeners.blue,
        greenTargetGroup: listeners.green,
        listener: listeners.production,
        testListener: listeners.test,
        deploymentApprovalWaitTime: Duration.minutes(readyMinutes),
        terminationWaitTime: Duration.minutes(bakeMinutes),
      },
    });
  }
}
