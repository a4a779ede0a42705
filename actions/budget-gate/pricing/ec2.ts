import { type Context, type Need, type Priced, reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import { asList, asRecord } from '../template/json.ts';
import type { Resource } from '../template/stack.ts';
import { hoursInWords, need, words } from './need.ts';

/** https://aws.amazon.com/ec2/pricing/on-demand and https://aws.amazon.com/vpc/pricing */
export const ec2: Service = {
  rules: {
    'AWS::EC2::Instance': (resource, context) => priceInstances(resource, resource, 1, context),
    'AWS::AutoScaling::AutoScalingGroup': priceGroup,
    'AWS::EC2::Volume': priceVolume,
    'AWS::EC2::EIP': (resource, context) => {
      const hours = context.hours(resource);
      return {
        needs: [need('public IPv4', 'ipv4_h', hours, `1 address × ${hoursInWords(hours)}`)],
        causes: [],
      };
    },
    'AWS::EC2::NatGateway': (resource, context) => {
      const hours = context.hours(resource);
      return {
        needs: [need('NAT gateway hours', 'nat_h', hours, `1 NAT gateway × ${hoursInWords(hours)}`)],
        causes: [],
      };
    },
    'AWS::EC2::VPCEndpoint': priceEndpoint,
  },
  uses: [
    {
      name: 'NAT gateway traffic',
      types: ['AWS::EC2::NatGateway'],
      needs: (subject, context) => {
        const gb = context.usage('nat.gb', subject);
        return [need('data processed', 'nat_gb', gb, `${words(gb)} GB through NAT gateways`)];
      },
    },
    {
      name: 'interface endpoint traffic',
      types: ['AWS::EC2::VPCEndpoint'],
      needs: (subject, context, endpoints) => {
        if (!endpoints.some(({ properties }) => properties.VpcEndpointType === 'Interface')) return [];
        const gb = context.usage('vpc-endpoint.gb', subject);
        return [need('data processed', 'vpc-endpoint_gb', gb, `${words(gb)} GB through endpoints`)];
      },
    },
    {
      name: 'VPC flow logs',
      types: ['AWS::EC2::FlowLog'],
      needs: (subject, context, logs) => {
        const gb = context.usage('flow-logs.gb', subject);
        const toS3 = logs.every(({ properties }) => properties.LogDestinationType === 's3');
        const price = toS3 ? 'flowlogs_to_s3_gb' : 'cw.vended-logs_gb';
        return [
          need('flow logs', price, gb, `${words(gb)} GB delivered to ${toS3 ? 'S3' : 'CloudWatch Logs'}`),
        ];
      },
    },
    {
      name: 'data transfer',
      types: ['AWS::EC2::VPC'],
      needs: (subject, context) => {
        const internet = context.usage('transfer.internet-gb', subject);
        const zones = context.usage('transfer.inter-az-gb', subject);
        return [
          need('to the internet', 'dto_gb', internet, `${words(internet)} GB other than by CloudFront`),
          need('between zones', 'interaz_gb_each_way', zones, `${words(zones)} GB, each direction counted`),
        ];
      },
    },
  ],
};

/** What instances are made from: the instance itself, or the launch template of a group. */
interface Shape {
  type: string;
  properties: Record<string, unknown>;
}

function shapeOf(resource: Resource, context: Context): Shape {
  const template = context.catalogue.target(asRecord(resource.properties.LaunchTemplate).LaunchTemplateId);
  const data = asRecord(template?.properties.LaunchTemplateData);
  const properties = { ...data, ...resource.properties };
  const own = reader({ ...resource, properties }, context);
  return { type: own.text('InstanceType', ''), properties };
}

function priceInstances(resource: Resource, described: Resource, count: number, context: Context): Priced {
  const shape = shapeOf(described, context);
  if (shape.type === '') {
    return {
      unknown: 'its instance type cannot be found',
      remedy: 'Give InstanceType or its launch template',
    };
  }
  const hours = context.hours(resource);
  const read = reader({ ...described, properties: shape.properties }, context);
  read.text('InstanceType', '');
  return {
    needs: [
      need(
        'instance hours',
        `ec2.${shape.type}_h`,
        times(hours, count),
        `${count} ${shape.type} × ${hoursInWords(hours)}`,
      ),
      ...volumes(resource, shape, count, context),
      ...publicAddresses(resource, shape, count, context),
    ],
    causes: read.causes,
  };
}

function priceGroup(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const count = read.number('DesiredCapacity', read.number('MinSize', 1));
  const configuration =
    context.catalogue.target(resource.properties.LaunchConfigurationName) ?? mixedTemplate(resource);
  const priced = priceInstances(resource, configuration, count, context);
  return 'needs' in priced ? { ...priced, causes: [...read.causes, ...priced.causes] } : priced;
}

function mixedTemplate(resource: Resource): Resource {
  const mixed = asRecord(asRecord(resource.properties.MixedInstancesPolicy).LaunchTemplate);
  const specification = mixed.LaunchTemplateSpecification;
  const [override] = asList(mixed.Overrides).map(asRecord);
  if (!specification) return resource;
  const properties = { ...override, ...resource.properties, LaunchTemplate: specification };
  return { ...resource, properties };
}

/** The volumes that are declared, or the root volume that the image brings. */
function volumes(resource: Resource, shape: Shape, count: number, context: Context): Need[] {
  const declared = asList(shape.properties.BlockDeviceMappings)
    .map((mapping) => asRecord(asRecord(mapping).Ebs))
    .filter((ebs) => Object.keys(ebs).length > 0);
  const share = times(context.existence(resource), count);
  if (declared.length > 0) {
    return declared.map((ebs, index) => {
      const type = String(ebs.VolumeType ?? 'gp2');
      const gb = Number(ebs.VolumeSize ?? 8);
      return need(
        `volume ${index + 1}`,
        `ebs.${type}_gb_mo`,
        times(share, gb),
        `${count} × ${gb} GB of ${type}`,
      );
    });
  }
  const gb = context.usage('ec2.root-volume-gb', context.subjectOf(resource));
  return [
    need('root volume', 'ebs.gp3_gb_mo', times(gb, share), `${count} × ${words(gb)} GB, as its image says`),
  ];
}

/** An address of Amazon's pool; an Elastic IP is priced as the resource that it is. */
function publicAddresses(resource: Resource, shape: Shape, count: number, context: Context): Need[] {
  const interfaces = asList(shape.properties.NetworkInterfaces).map(asRecord);
  const subnets = [
    shape.properties.SubnetId,
    ...interfaces.map(({ SubnetId }) => SubnetId),
    ...asList(shape.properties.VPCZoneIdentifier),
  ];
  const asked = [
    shape.properties.AssociatePublicIpAddress,
    ...interfaces.map(({ AssociatePublicIpAddress }) => AssociatePublicIpAddress),
  ].filter((value) => value !== undefined);
  const bySubnet = subnets.some(
    (subnet) => String(context.catalogue.target(subnet)?.properties.MapPublicIpOnLaunch) === 'true',
  );
  const hasAddress = asked.length > 0 ? asked.some((value) => String(value) === 'true') : bySubnet;
  if (!hasAddress || hasElasticIp(resource, interfaces, context)) return [];
  const hours = context.hours(resource);
  return [need('public IPv4', 'ipv4_h', times(hours, count), `${count} instances × ${hoursInWords(hours)}`)];
}

/** An Elastic IP takes the place of the address from Amazon's pool. */
function hasElasticIp(
  resource: Resource,
  interfaces: readonly Record<string, unknown>[],
  context: Context,
): boolean {
  const own = new Set([
    resource.id,
    ...interfaces.map(({ NetworkInterfaceId }) => context.catalogue.target(NetworkInterfaceId)?.id),
  ]);
  const associations = [
    ...context.catalogue.ofType('AWS::EC2::EIP'),
    ...context.catalogue.ofType('AWS::EC2::EIPAssociation'),
  ];
  return associations.some(({ properties: { InstanceId, NetworkInterfaceId } }) =>
    [InstanceId, NetworkInterfaceId].some((value) => own.has(context.catalogue.target(value)?.id ?? '')),
  );
}

function priceVolume(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const type = read.text('VolumeType', 'gp2');
  const gb = read.number('Size', 8);
  const quantity = times(context.existence(resource), gb);
  return {
    needs: [need(`${type} storage`, `ebs.${type}_gb_mo`, quantity, `${gb} GB of ${type}`)],
    causes: read.causes,
  };
}

function priceEndpoint(resource: Resource, context: Context): Priced {
  const read = reader(resource, context);
  const type = read.text('VpcEndpointType', 'Gateway');
  if (type === 'Gateway') return { free: 'gateway endpoints are not charged' };
  if (type !== 'Interface') {
    return { unknown: `endpoints of type ${type} are not in the price book`, remedy: 'Price it by hand' };
  }
  const subnets = Math.max(1, asList(resource.properties.SubnetIds).length);
  const hours = context.hours(resource);
  return {
    needs: [
      need(
        'endpoint hours',
        'vpc-endpoint_h',
        times(hours, subnets),
        `${subnets} zones × ${hoursInWords(hours)}`,
      ),
    ],
    causes: read.causes,
  };
}
