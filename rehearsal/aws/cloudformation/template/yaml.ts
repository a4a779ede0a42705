import type { CollectionTag, ScalarTag } from 'yaml';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
const FUNCTIONS = [
  ...[
    'And',
    'Base64',
    'Cidr',
    'Equals',
    'FindInMap',
    'GetAtt',
    'GetAZs',
    'If',
    'ImportValue',
    'Join',
    'Length',
  ],
  ...['Not', 'Or', 'Select', 'Split', 'Sub', 'ToJsonString', 'Transform'],
];

/** The short forms of YAML templates: `!Sub text` is `{ "Fn::Sub": "text" }`. */
export const shortForms: (ScalarTag | CollectionTag)[] = [
  ...formsOf('Ref', 'Ref'),
  ...formsOf('Condition', 'Condition'),
  ...FUNCTIONS.flatMap((name) => formsOf(name, `Fn::${name}`)),
];

function formsOf(name: string, key: string): (ScalarTag | CollectionTag)[] {
  const tag = `!${name}`;
  const ofCollection = (value: { toJSON(): unknown }) => ({ [key]: value.toJSON() });
  return [
    { tag, resolve: (text: string) => ({ [key]: name === 'GetAtt' ? attribute(text) : text }) },
    { tag, collection: 'seq', resolve: ofCollection },
    { tag, collection: 'map', resolve: ofCollection },
  ];
}

/** `Stack.Outputs.Id` is the attribute `Outputs.Id` of `Stack`. */
function attribute(text: string): string[] {
  const [logicalId = '', ...rest] = text.split('.');
  return [logicalId, rest.join('.')];
}
