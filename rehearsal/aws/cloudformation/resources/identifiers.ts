import { createHash } from 'node:crypto';
import type { Asked, Properties } from './provider.ts';

/** What a recorded resource's name is made from. */
interface Naming {
  properties: Properties;
  asked: Asked;
  /** Hexadecimal, the same for the same stack and logical id. */
  digest: string;
}

const uuid = (digest: string) => digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
const letters = (digest: string, length: number) =>
  BigInt(`0x${digest}`).toString(36).toUpperCase().slice(0, length);
const ec2 =
  (prefix: string) =>
  ({ digest }: Naming) =>
    `${prefix}-0${digest.slice(0, 16)}`;
const text = (value: unknown) => String(value ?? '');

/** Types whose own name AWS gives in a form of its own. */
const NAMES: Readonly<Record<string, (naming: Naming) => string>> = {
  'AWS::CE::AnomalyMonitor': ({ digest }) => uuid(digest),
  'AWS::CE::AnomalySubscription': ({ digest }) => uuid(digest),
  'AWS::CertificateManager::Certificate': ({ digest }) => uuid(digest),
  'AWS::EC2::EIP': ec2('eipalloc'),
  'AWS::EC2::FlowLog': ec2('fl'),
  'AWS::EC2::Instance': ec2('i'),
  'AWS::EC2::InternetGateway': ec2('igw'),
  'AWS::EC2::LaunchTemplate': ec2('lt'),
  'AWS::EC2::NatGateway': ec2('nat'),
  'AWS::EC2::NetworkAcl': ec2('acl'),
  'AWS::EC2::NetworkInterface': ec2('eni'),
  'AWS::EC2::Route': ({ properties }) =>
    `${text(properties.RouteTableId)}|${text(properties.DestinationCidrBlock ?? properties.DestinationIpv6CidrBlock)}`,
  'AWS::EC2::RouteTable': ec2('rtb'),
  'AWS::EC2::SubnetNetworkAclAssociation': ec2('aclassoc'),
  'AWS::EC2::SubnetRouteTableAssociation': ec2('rtbassoc'),
  'AWS::EC2::VPCEndpoint': ec2('vpce'),
  'AWS::EC2::VPCGatewayAttachment': ({ properties }) => `IGW|${text(properties.VpcId)}`,
  'AWS::Lambda::Permission': ({ asked }) => asked.generatedName,
  'AWS::Logs::MetricFilter': ({ properties, asked }) => text(properties.FilterName ?? asked.generatedName),
  'AWS::Route53::HostedZone': ({ digest }) => `Z${letters(digest, 20)}`,
  'AWS::SNS::Subscription': ({ properties, digest }) => `${text(properties.TopicArn)}:${uuid(digest)}`,
  'AWS::WAFv2::WebACL': ({ properties, digest }) =>
    `${text(properties.Name)}|${uuid(digest)}|${text(properties.Scope)}`,
};

/** Types whose `Ref` is another thing than their name, or whose ARN AWS's specification gives no template of. */
const ARNS: Readonly<Record<string, (naming: Naming) => string>> = {
  'AWS::SNS::Subscription': (naming) => nameInForm(naming) ?? '',
  'AWS::WAFv2::WebACL': ({ properties, asked, digest }) => {
    const scope = properties.Scope === 'CLOUDFRONT' ? 'global' : 'regional';
    return asked.aws.arn('wafv2', `${scope}/webacl/${text(properties.Name)}/${uuid(digest)}`);
  },
};

/** Attributes that are no names. */
const ATTRIBUTES: Readonly<Record<string, (naming: Naming) => Readonly<Record<string, unknown>>>> = {
  'AWS::EC2::LaunchTemplate': () => ({ LatestVersionNumber: '1', DefaultVersionNumber: '1' }),
  'AWS::EC2::NetworkInterface': ({ digest }) => ({
    PrimaryPrivateIpAddress: `10.0.0.${10 + (Number.parseInt(digest.slice(0, 2), 16) % 240)}`,
  }),
  'AWS::Route53::HostedZone': ({ digest }) => ({
    NameServers: ['com', 'net', 'org', 'co.uk'].map(
      (end, index) => `ns-${Number.parseInt(digest.slice(index, index + 2), 16)}.awsdns-0${index}.${end}`,
    ),
  }),
  'AWS::WAFv2::WebACL': ({ digest }) => ({ Id: uuid(digest) }),
};

/** The form of a type's name, ARN and attributes, as far as the type has one of its own. */
export const nameInForm = (naming: Naming): string | undefined => NAMES[naming.asked.type]?.(naming);
export const arnInForm = (naming: Naming): string | undefined => ARNS[naming.asked.type]?.(naming);
export const attributesInForm = (naming: Naming) => ATTRIBUTES[naming.asked.type]?.(naming) ?? {};

export function namingOf(properties: Properties, asked: Asked): Naming {
  const digest = createHash('sha256').update(`${asked.stackName}/${asked.logicalId}`).digest('hex');
  return { properties, asked, digest };
}
