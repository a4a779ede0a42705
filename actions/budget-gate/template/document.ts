import { type CollectionTag, LineCounter, parseDocument, type ScalarTag } from 'yaml';
import { type Fault, FaultsError } from '../../common/fault.ts';
import { asRecord, isRecord } from './json.ts';

/** What is read of a template. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html */
export interface Template {
  Parameters: Record<string, unknown>;
  Mappings: Record<string, unknown>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, ResourceBody>;
  Outputs: Record<string, unknown>;
}

export interface ResourceBody {
  Type: string;
  Properties: Record<string, unknown>;
  Metadata: Record<string, unknown>;
  Condition?: string;
}

const SHORT_FORMS = [
  ...['Base64', 'Cidr', 'FindInMap', 'GetAtt', 'GetAZs', 'ImportValue', 'Join', 'Length', 'Select', 'Split'],
  ...['Sub', 'ToJsonString', 'Transform', 'And', 'Equals', 'If', 'Not', 'Or'],
];

/**
 * Parses a CloudFormation template, JSON or YAML with the short forms of the intrinsic functions.
 * @param file is only named in faults.
 * @throws FaultsError with the file, line and column when the text is no template.
 */
export function parseTemplate(text: string, file: string): Template {
  const document = /^\s*\{/.test(text) ? parseJson(text, file) : parseYaml(text, file);
  if (!isRecord(document) || !isRecord(document.Resources)) {
    throw fault(
      file,
      'is no CloudFormation template: it has no Resources',
      'Give a synthesized template or the cloud assembly',
    );
  }
  return {
    Parameters: asRecord(document.Parameters),
    Mappings: asRecord(document.Mappings),
    Conditions: asRecord(document.Conditions),
    Resources: resourceBodies(document.Resources, file),
    Outputs: asRecord(document.Outputs),
  };
}

function resourceBodies(resources: Record<string, unknown>, file: string): Record<string, ResourceBody> {
  const faults: Fault[] = [];
  const bodies = Object.entries(resources).map(([logicalId, body]): [string, ResourceBody] => {
    const { Type, Properties, Metadata, Condition } = asRecord(body);
    if (typeof Type !== 'string') {
      const remedy = logicalId.startsWith('Fn::')
        ? 'Transforms are not run here: give the processed template'
        : 'Every resource has a Type';
      faults.push({ subject: `${file} at Resources.${logicalId}`, message: 'has no Type', remedy });
    }
    return [
      logicalId,
      {
        Type: String(Type),
        Properties: asRecord(Properties),
        Metadata: asRecord(Metadata),
        ...(typeof Condition === 'string' ? { Condition } : {}),
      },
    ];
  });
  if (faults.length > 0) throw new FaultsError(faults);
  return Object.fromEntries(bodies);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = faultOffset(text, message);
    const where = offset === undefined ? '' : `:${position(text, offset)}`;
    const what = message.split(/, (?:\.\.\.)?"/)[0] ?? message;
    throw fault(`${file}${where}`, `is not JSON: ${what}`, 'Synthesize it again, or mend it');
  }
}

/** V8 says either the position, or ten characters before and after it. */
function faultOffset(text: string, message: string): number | undefined {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (message.includes('end of JSON input')) return text.length;
  const around = /^Unexpected token '(.)', (\.\.\.)?"([\s\S]*?)"(?:\.\.\.)? is not valid JSON$/.exec(message);
  const [, token = '', cut, excerpt = ''] = around ?? [];
  const start = text.indexOf(excerpt);
  return excerpt === '' || start < 0 ? undefined : text.indexOf(token, start + (cut ? 10 : 0));
}

function position(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/** Parses YAML in which `!Sub`, `!GetAtt` … stand for `{Fn::Sub: …}`. */
export function parseYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: cloudFormationTags });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new FaultsError(
      problems.map((problem) => {
        const { line, col } = lines.linePos(problem.pos[0]);
        const message = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
        return { subject: `${file}:${line}:${col}`, message: `is not YAML: ${message}` };
      }),
    );
  }
  return document.toJS();
}

const cloudFormationTags: (ScalarTag | CollectionTag)[] = ['Ref', 'Condition', ...SHORT_FORMS].flatMap(
  (name) => {
    const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
    const tag = `!${name}`;
    const collection = (value: { toJSON(): unknown }) => ({ [key]: value.toJSON() });
    return [
      { tag, resolve: (value: string) => ({ [key]: name === 'GetAtt' ? splitOnce(value) : value }) },
      { tag, collection: 'seq' as const, resolve: collection },
      { tag, collection: 'map' as const, resolve: collection },
    ];
  },
);

function splitOnce(attribute: string): string[] {
  const dot = attribute.indexOf('.');
  return dot < 0 ? [attribute] : [attribute.slice(0, dot), attribute.slice(dot + 1)];
}

function fault(subject: string, message: string, remedy: string): FaultsError {
  return new FaultsError([{ subject, message, remedy }]);
}
