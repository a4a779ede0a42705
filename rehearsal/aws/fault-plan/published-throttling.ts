/** Request throttling as AWS documents it: each row is a bucket that its operations share. */
export interface Bucket {
  operations: readonly string[];
  burst: number;
  rate: number;
}

const bucket = (service: string, names: string, burst: number, rate: number): Bucket => ({
  operations: names.split(' ').map((name) => `${service}:${name}`),
  burst,
  rate,
});

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html */
const ecs = [
  bucket(
    'ecs',
    'CreateCluster DeleteCluster PutClusterCapacityProviders UpdateCluster UpdateClusterSettings',
    20,
    1,
  ),
  bucket('ecs', 'DescribeClusters ListClusters', 50, 20),
  bucket('ecs', 'DeregisterTaskDefinition RegisterTaskDefinition', 20, 1),
  bucket('ecs', 'DescribeTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies', 50, 20),
  bucket('ecs', 'DeleteTaskDefinitions', 5, 1),
  bucket('ecs', 'CreateCapacityProvider DeleteCapacityProvider UpdateCapacityProvider', 10, 1),
  bucket('ecs', 'DescribeCapacityProviders', 50, 20),
  bucket('ecs', 'TagResource UntagResource', 20, 10),
  bucket('ecs', 'ListTagsForResource', 50, 20),
  bucket('ecs', 'ExecuteCommand RunTask StartTask StopTask', 100, 40),
  bucket('ecs', 'DescribeContainerInstances DescribeTasks ListContainerInstances ListTasks', 100, 20),
  bucket('ecs', 'CreateService DeleteService UpdateService', 50, 5),
  bucket('ecs', 'DescribeServices ListServices', 100, 20),
  bucket('ecs', 'DescribeServiceDeployments ListServiceDeployments', 50, 20),
  bucket('ecs', 'DescribeServiceRevisions', 50, 20),
  bucket('ecs', 'UpdateTaskProtection GetTaskProtection', 200, 80),
];

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html */
const elasticLoadBalancing = [
  bucket('elasticloadbalancing', '*', 40, 10),
  bucket('elasticloadbalancing', 'CreateLoadBalancer SetSubnets', 10, 0.2),
  bucket('elasticloadbalancing', 'RegisterTargets DeregisterTargets', 20, 4),
  bucket('elasticloadbalancing', 'Describe*', 40, 10),
  bucket(
    'elasticloadbalancing',
    'Add* CreateListener CreateRule CreateTargetGroup Delete* Modify* Remove* Set*',
    20,
    3,
  ),
];

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html: rates, without a burst. */
const ecr = [
  bucket('ecr', 'GetAuthorizationToken', 500, 500),
  bucket('ecr', 'BatchCheckLayerAvailability', 1000, 1000),
  bucket('ecr', 'BatchGetImage', 2000, 2000),
  bucket('ecr', 'GetDownloadUrlForLayer', 3000, 3000),
  bucket('ecr', 'InitiateLayerUpload', 100, 100),
  bucket('ecr', 'CompleteLayerUpload', 100, 100),
  bucket('ecr', 'UploadLayerPart', 500, 500),
  bucket('ecr', 'PutImage', 10, 10),
];

/** CodeDeploy, CloudWatch and the others publish no such table for the calls of a release. */
export const publishedThrottling: readonly Bucket[] = [...ecs, ...elasticLoadBalancing, ...ecr];
