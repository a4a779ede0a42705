import type { Aws } from '../../kernel/aws.ts';
import type { Principal } from '../../kernel/service.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** A resource that is there: what `Ref` and `Fn::GetAtt` give. */
export interface Created {
  id: string;
  attributes: Readonly<Record<string, unknown>>;
}

/** What a provider is told of the resource that it shall make, change or take away. */
export interface Asked {
  aws: Aws;
  /** In whose name the service is called: the stack's role, or who called CloudFormation. */
  as: Principal;
  region: string;
  /** Aborted when another resource of the stack has failed. */
  cancelled: AbortSignal;
  /** To be called by who waits for what it has made: what fails then is taken back, too. */
  initiated: (created: Created) => void;
  stackId: string;
  stackName: string;
  logicalId: string;
  type: string;
  /** A name for what the template does not name: `STACK-LOGICALID-1A2B3C4D5E6F`. */
  generatedName: string;
}

/** How resources of one type are made by the service that has them. */
export interface Provider {
  create(properties: Properties, asked: Asked): Promise<Created>;
  /** Left out where a change means a replacement. */
  update?(created: Created, properties: Properties, asked: Asked, before: Properties): Promise<Created>;
  delete(created: Created, properties: Properties, asked: Asked): Promise<void>;
}

export type Providers = Readonly<Record<string, Provider>>;

export const text = (value: unknown): string => (value === undefined ? '' : String(value));
export const optional = (value: unknown): string | undefined =>
  value === undefined ? undefined : String(value);
export const list = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
export const record = (value: unknown): Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** A policy document as a template has it, as the text that IAM takes. */
export const policyText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** `{ TaskDefinition: … }` as the API of ECS or CodeDeploy has it: `{ taskDefinition: … }`, all the way down. */
export function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [lowerFirst(key), lowerKeys(item)]));
}

/** `ECSServices` is `ecsServices`, `EC2TagFilters` `ec2TagFilters`, `IPs` `ips`. */
function lowerFirst(key: string): string {
  const [head = ''] = /^[A-Z0-9]+(?=[A-Z][a-z])|^[A-Z]+\d*$|^[A-Z]/.exec(key) ?? [];
  return head.toLowerCase() + key.slice(head.length);
}

/**
 * Properties as the input of an operation that has them under the same names. What a template says is
 * checked against AWS's resource specification before, and by the operation itself: this is its border.
 */
export function asInput<Input>(properties: Properties | unknown): Input {
  return properties as Input;
}

/** The properties without some of them. */
export function without(properties: Properties, ...names: string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}
