import { awsError } from '../../kernel/error.ts';
import { resolve, type Scope } from '../template/intrinsics.ts';
import { type Blueprint, type CloudFormation, exportsOf, type Stack } from './state.ts';

/** What a blueprint's expressions see: parameters, conditions, exports, and the stack's resources so far. */
export function scopeOf(room: CloudFormation, stack: Stack, blueprint: Blueprint): Scope {
  const { aws } = room;
  const { template, parameters } = blueprint;
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': aws.accountId,
    'AWS::Region': aws.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': stack.id,
    'AWS::NotificationARNs': [],
  };
  const scope: Scope = {
    region: aws.region,
    ref: (name) => pseudo[name] ?? parameters.get(name)?.value ?? stack.resources.get(name)?.created.id,
    getAtt: (logicalId, attribute) => {
      const attributes = stack.resources.get(logicalId)?.created.attributes;
      if (attributes && Object.hasOwn(attributes, attribute)) return attributes[attribute];
      throw awsError(
        'ValidationError',
        `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
      );
    },
    importValue: (name) => {
      const exported = exportsOf(room).get(name);
      if (!exported) throw awsError('ValidationError', `No export named ${name} found.`);
      return exported.value;
    },
    condition: (name) => {
      if (!Object.hasOwn(template.Conditions, name)) {
        throw awsError('ValidationError', `Template error: condition ${name} is not defined`);
      }
      return resolve(template.Conditions[name], scope) === true;
    },
    findInMap: (map, first, second) => {
      const value = template.Mappings[map]?.[first]?.[second];
      if (value === undefined) {
        throw awsError(
          'ValidationError',
          `Template error: Unable to get mapping for ${map}::${first}::${second}`,
        );
      }
      return value;
    },
  };
  return scope;
}

/** The resources that a blueprint has under its conditions. */
export function includedResources(room: CloudFormation, stack: Stack, blueprint: Blueprint) {
  const scope = scopeOf(room, stack, blueprint);
  return Object.fromEntries(
    Object.entries(blueprint.template.Resources).filter(
      ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
    ),
  );
}

/** @throws AwsError ValidationError with the sentence of the first rule that does not hold */
export function checkRules(room: CloudFormation, stack: Stack, blueprint: Blueprint): void {
  const scope = scopeOf(room, stack, blueprint);
  const holds = (expression: unknown) => expression === undefined || resolve(expression, scope) === true;
  for (const [name, { RuleCondition, Assertions }] of Object.entries(blueprint.template.Rules)) {
    const failed = holds(RuleCondition) ? Assertions.find(({ Assert }) => !holds(Assert)) : undefined;
    if (!failed) continue;
    throw awsError(
      'ValidationError',
      `Template error: Rule ${name} failed: ${failed.AssertDescription ?? 'its assertion does not hold'}`,
    );
  }
}
