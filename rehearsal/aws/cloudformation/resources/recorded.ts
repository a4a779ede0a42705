import { arnInForm, attributesInForm, nameInForm, namingOf } from './identifiers.ts';
import { permissionOf } from './permissions.ts';
import type { Asked, Created, Properties, Provider } from './provider.ts';
import { identityOf } from './specification.ts';

/**
 * A resource that no service here has: checked against AWS's specification, judged by the permission to make it,
 * and kept. Its id and attributes are made up from stack and logical id, so the same template always gives the
 * same ones.
 */
export const recorded: Provider = {
  create: async (properties, asked) => {
    const described = await describe(properties, asked);
    await mayDo('create', described.arn, asked);
    return described;
  },
  update: (_created, properties, asked) => describe(properties, asked),
  delete: async (_created, properties, asked) => {
    await mayDo('delete', (await describe(properties, asked)).arn, asked);
  },
};

/** @throws AwsError AccessDeniedException when who works on the stack may not make, or delete, such a resource. */
async function mayDo(step: 'create' | 'delete', resource: string, { aws, as, type }: Asked): Promise<void> {
  const action = await permissionOf(type, step);
  if (action !== undefined) await aws.authorize({ principal: as, action, resource });
}

async function describe(properties: Properties, asked: Asked): Promise<Created & { arn: string }> {
  const { primary, attributes, arnTemplate } = await identityOf(asked.type);
  const naming = namingOf(properties, asked);
  const [identifier] = primary;
  const named = identifier === undefined ? undefined : properties[identifier];
  const [, variable = ''] = /\$\{(\w+)\}[^$]*$/.exec(arnTemplate ?? '') ?? [];
  const kind = asked.type.split('::')[2] ?? '';
  const own = named ?? properties[variable] ?? properties[`${kind}Name`] ?? properties.Name;
  const inForm = nameInForm(naming);
  const name = inForm ?? (typeof own === 'string' ? own : asked.generatedName);
  const arn = arnInForm(naming) ?? arnOf(asked, name, arnTemplate);
  const id = typeof named !== 'string' && identifier?.endsWith('Arn') ? arn : name;
  const values = attributes.map(({ name: attribute, isList }): [string, unknown] => {
    const isPrimary = attribute === identifier;
    const value = attributeOf(attribute, { properties, asked, name, arn, isPrimary });
    return [attribute, isList ? [value] : value];
  });
  return { id, arn, attributes: { ...Object.fromEntries(values), ...attributesInForm(naming) } };
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
