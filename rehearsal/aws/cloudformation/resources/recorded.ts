import { createHash } from 'node:crypto';
import type { Asked, Created, Properties, Provider } from './provider.ts';
import { identityOf } from './specification.ts';

/**
 * A resource that no service here has: checked against AWS's specification and kept. Its id and attributes
 * are made up from stack and logical id, so the same template always gives the same ones.
 */
export const recorded: Provider = {
  create: (properties, asked) => describe(properties, asked),
  update: (_created, properties, asked) => describe(properties, asked),
  delete: async () => undefined,
};

async function describe(properties: Properties, asked: Asked): Promise<Created> {
  const { primary, attributes, arnTemplate } = await identityOf(asked.type);
  const [identifier] = primary;
  const named = identifier === undefined ? undefined : properties[identifier];
  const digest = createHash('sha256').update(`${asked.stackName}/${asked.logicalId}`).digest('hex');
  const [, variable = ''] = /\$\{(\w+)\}[^$]*$/.exec(arnTemplate ?? '') ?? [];
  const own = named ?? properties[variable];
  const name = typeof own === 'string' ? own : nameOf(asked, digest);
  const arn = arnOf(asked, name, arnTemplate);
  const id = typeof named !== 'string' && identifier?.endsWith('Arn') ? arn : name;
  const values = attributes.map(({ name: attribute, isList }): [string, unknown] => {
    const value = attributeOf(attribute, {
      properties,
      asked,
      name,
      arn,
      isPrimary: attribute === identifier,
    });
    return [attribute, isList ? [value] : value];
  });
  return { id, attributes: Object.fromEntries(values) };
}

const EC2_PREFIXES: Readonly<Record<string, string>> = {
  RouteTable: 'rtb',
  InternetGateway: 'igw',
  NetworkInterface: 'eni',
  NetworkAcl: 'acl',
  LaunchTemplate: 'lt',
  VPCEndpoint: 'vpce',
  FlowLog: 'fl',
  EIP: 'eipalloc',
  NatGateway: 'nat',
  Instance: 'i',
};

function nameOf({ type, generatedName }: Asked, digest: string): string {
  const [, service, kind = ''] = type.split('::');
  const prefix = EC2_PREFIXES[kind];
  return service === 'EC2' && prefix ? `${prefix}-0${digest.slice(0, 16)}` : generatedName;
}

/** By the type's ARN template where AWS publishes one: its last variable is the resource's own name. */
function arnOf({ aws, type, region }: Asked, name: string, template: string | undefined): string {
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  if (template === undefined) return aws.arn(service, `${kind}/${name}`, { region });
  const known: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: region,
    Account: aws.accountId,
  };
  return template.replaceAll(/\$\{(\w+)\}/g, (_whole, variable: string) => known[variable] ?? name);
}

interface Attribute {
  properties: Properties;
  asked: Asked;
  name: string;
  arn: string;
  isPrimary: boolean;
}

function attributeOf(attribute: string, { properties, asked, name, arn, isPrimary }: Attribute): unknown {
  if (Object.hasOwn(properties, attribute)) return properties[attribute];
  if (attribute === 'Arn' || attribute.endsWith('Arn')) return arn;
  if (isPrimary || attribute === 'Id') return name;
  const last = attribute.split('.').at(-1) ?? attribute;
  if (last === 'Port') return String(properties.Port ?? 5432);
  if (/Address$|DomainName$/.test(last)) return `${name.toLowerCase()}.${asked.region}.rehearsal.internal`;
  return `${name}-${attribute.replaceAll('.', '-')}`;
}
