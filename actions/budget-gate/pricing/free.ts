/** Resource types that are never charged, and why. A type that is neither here nor in a rule is unknown. */
const REASONS: readonly { reason: string; types: readonly string[] }[] = [
  {
    reason: 'networks are not charged; what runs in them and passes through is',
    types: [
      ...[
        'AWS::EC2::VPC',
        'AWS::EC2::Subnet',
        'AWS::EC2::RouteTable',
        'AWS::EC2::Route',
        'AWS::EC2::VPCCidrBlock',
      ],
      ...[
        'AWS::EC2::SubnetRouteTableAssociation',
        'AWS::EC2::InternetGateway',
        'AWS::EC2::VPCGatewayAttachment',
      ],
      ...[
        'AWS::EC2::EgressOnlyInternetGateway',
        'AWS::EC2::DHCPOptions',
        'AWS::EC2::VPCDHCPOptionsAssociation',
      ],
      ...['AWS::EC2::NetworkAcl', 'AWS::EC2::NetworkAclEntry', 'AWS::EC2::SubnetNetworkAclAssociation'],
      ...['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress'],
      ...['AWS::EC2::PrefixList', 'AWS::EC2::NetworkInterface', 'AWS::EC2::NetworkInterfaceAttachment'],
      ...[
        'AWS::EC2::EIPAssociation',
        'AWS::EC2::SubnetCidrBlock',
        'AWS::EC2::KeyPair',
        'AWS::EC2::PlacementGroup',
      ],
    ],
  },
  { reason: 'its volume is priced for the environment', types: ['AWS::EC2::FlowLog'] },
  {
    reason: 'only describes instances, which are priced with their group',
    types: ['AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::LaunchConfiguration'],
  },
  {
    reason: 'auto scaling is not charged; what it starts is',
    types: [
      ...['AWS::ApplicationAutoScaling::ScalableTarget', 'AWS::ApplicationAutoScaling::ScalingPolicy'],
      ...[
        'AWS::AutoScaling::ScalingPolicy',
        'AWS::AutoScaling::LifecycleHook',
        'AWS::AutoScaling::ScheduledAction',
      ],
    ],
  },
  {
    reason: 'IAM is not charged',
    types: [
      ...[
        'AWS::IAM::Role',
        'AWS::IAM::Policy',
        'AWS::IAM::ManagedPolicy',
        'AWS::IAM::RolePolicy',
        'AWS::IAM::User',
      ],
      ...[
        'AWS::IAM::Group',
        'AWS::IAM::InstanceProfile',
        'AWS::IAM::OIDCProvider',
        'AWS::IAM::ServiceLinkedRole',
      ],
      ...[
        'AWS::IAM::AccessKey',
        'AWS::IAM::UserToGroupAddition',
        'AWS::IAM::SAMLProvider',
        'AWS::IAM::UserPolicy',
      ],
    ],
  },
  {
    reason: 'CodeDeploy does not charge for deployments to ECS',
    types: [
      ...[
        'AWS::CodeDeploy::Application',
        'AWS::CodeDeploy::DeploymentGroup',
        'AWS::CodeDeploy::DeploymentConfig',
      ],
    ],
  },
  {
    reason: 'CloudFormation does not charge for resources of AWS',
    types: [
      ...['AWS::CloudFormation::Stack', 'AWS::CloudFormation::WaitCondition', 'AWS::CloudFormation::Macro'],
      ...['AWS::CloudFormation::WaitConditionHandle', 'AWS::CDK::Metadata'],
    ],
  },
  {
    reason: 'runs a function that is priced itself; what that creates is not seen here',
    types: ['AWS::CloudFormation::CustomResource'],
  },
  { reason: 'public certificates are not charged', types: ['AWS::CertificateManager::Certificate'] },
  {
    reason: 'budgets without actions, anomaly monitors and cost categories are not charged',
    types: [
      'AWS::Budgets::Budget',
      'AWS::CE::AnomalyMonitor',
      'AWS::CE::AnomalySubscription',
      'AWS::CE::CostCategory',
    ],
  },
  {
    reason: 'rules for events of AWS are not charged',
    types: ['AWS::Events::Rule', 'AWS::Events::EventBusPolicy'],
  },
  {
    reason: '14 million invocations a month are free for ever',
    types: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
  },
  {
    reason: 'documents, associations and maintenance windows on AWS are not charged',
    types: [
      'AWS::SSM::Document',
      'AWS::SSM::Association',
      'AWS::SSM::MaintenanceWindow',
      'AWS::SSM::MaintenanceWindowTask',
    ],
  },
  {
    reason: 'only groups resources',
    types: ['AWS::ResourceGroups::Group', 'AWS::ServiceCatalogAppRegistry::Application'],
  },
  { reason: 'findings of external access are not charged', types: ['AWS::AccessAnalyzer::Analyzer'] },
  { reason: 'chat channels are not charged', types: ['AWS::Chatbot::SlackChannelConfiguration'] },
];

const reasonByType = new Map(
  REASONS.flatMap(({ reason, types }) => types.map((type) => [type, reason] as const)),
);

/** Why a type is never charged; undefined when it may be. */
export function freeReason(type: string): string | undefined {
  if (type.startsWith('Custom::')) return reasonByType.get('AWS::CloudFormation::CustomResource');
  return reasonByType.get(type);
}
