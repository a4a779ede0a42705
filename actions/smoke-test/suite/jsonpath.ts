import { query } from 'jsonpath-rfc9535';
import parse from 'jsonpath-rfc9535/parser';

type JsonValue = Parameters<typeof query>[0];
type Selector = { type: string };

/** Why an expression is no RFC 9535 query, with the column in it, or undefined when it is one. */
export function jsonPathFault(expression: string): string | undefined {
  try {
    return functionFault(parse(expression));
  } catch (error) {
    const column = (error as { location?: { start?: { column?: number } } }).location?.start?.column;
    const reason = error instanceof Error ? error.message : String(error);
    return column === undefined ? reason : `at its character ${column}: ${reason}`;
  }
}

/** RFC 9535 §2.4: the functions there are, and how many arguments each takes. */
const FUNCTIONS: Readonly<Record<string, number>> = { length: 1, count: 1, value: 1, match: 2, search: 2 };

/** The grammar admits any function name; the standard does not. */
function functionFault(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('type' in node && node.type === 'FunctionExpr' && 'name' in node && 'arguments' in node) {
    const name = String(node.name);
    const takes = FUNCTIONS[name];
    const given = Array.isArray(node.arguments) ? node.arguments.length : 0;
    if (takes === undefined) {
      return `there is no function ${name}(); there are: ${Object.keys(FUNCTIONS).join(', ')}`;
    }
    if (takes !== given) return `${name}() takes ${takes} argument${takes === 1 ? '' : 's'}, not ${given}`;
  }
  for (const part of Object.values(node)) {
    const fault = functionFault(part);
    if (fault) return fault;
  }
  return undefined;
}

/** The value at a path that can name one node only; a list of all values otherwise. Undefined: no such node. */
export function select(document: unknown, expression: string): unknown {
  const nodes = query(document as JsonValue, expression);
  return isSingular(expression) ? nodes[0] : nodes;
}

/** RFC 9535 §2.3.5.1: only names and indexes, one a segment. */
function isSingular(expression: string): boolean {
  return parse(expression).segments.every(({ type, node }) => {
    if (type !== 'ChildSegment') return false;
    if (node.type === 'MemberNameShorthand') return true;
    const selectors: Selector[] = node.type === 'BracketedSelection' ? node.selectors : [];
    return (
      selectors.length === 1 &&
      selectors.every((one) => one.type === 'NameSelector' || one.type === 'IndexSelector')
    );
  });
}
