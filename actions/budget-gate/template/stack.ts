import type { Template } from './document.ts';

/** One stack of what is priced: a template and where it will be deployed. */
export interface Stack {
  /** Unique among all that is priced: the stack's name, with a number where a name is there twice. */
  id: string;
  name: string;
  /** The template's file, from the folder that was given. */
  file: string;
  region: string;
  account: string;
  /** CDK stage that the stack belongs to, if any. */
  stage?: string;
  tags: Readonly<Record<string, string>>;
  template: Template;
  /** Values of parameters, before their defaults. */
  parameters: Readonly<Record<string, unknown>>;
  /** `file:line` of the construct's source by logical id, where the assembly's metadata has it. */
  sources: Readonly<Record<string, string>>;
}

/** A resource whose condition holds, with every intrinsic function of its properties resolved. */
export interface Resource {
  /** `stack/LogicalId`: unique among all that is priced. */
  id: string;
  stack: Stack;
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  /** Path of the construct in the CDK's tree, or `stack/LogicalId`. */
  constructPath: string;
}
