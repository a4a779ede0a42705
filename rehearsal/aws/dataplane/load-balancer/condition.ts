import { BlockList, isIPv6 } from 'node:net';
import { matchesWildcard } from './wildcard.ts';

/** A rule condition as ELBv2 has it; it holds when any one of its values does. */
export type Condition =
  | { field: 'path-pattern'; values: readonly string[] }
  | { field: 'host-header'; values: readonly string[] }
  | { field: 'http-header'; name: string; values: readonly string[] }
  | { field: 'http-request-method'; values: readonly string[] }
  | { field: 'query-string'; values: readonly { key?: string; value: string }[] }
  | { field: 'source-ip'; values: readonly string[] };

/** What conditions look at. */
export interface RequestLine {
  method: string;
  /** Path without the query, exactly as the client sent it. */
  path: string;
  /** Query without its question mark, still percent-encoded. */
  query: string;
  /** Host header without its port. */
  host: string;
  /** The client's values of a header, by its lower-case name. */
  header: (name: string) => readonly string[];
  /** Peer of the connection; never what `X-Forwarded-For` claims. */
  sourceAddress: string;
}

/** A test that is prepared once a rule is set and run on every request. */
export function compileCondition(condition: Condition): (request: RequestLine) => boolean {
  switch (condition.field) {
    case 'path-pattern':
      return ({ path }) => condition.values.some((pattern) => matchesWildcard(pattern, path));
    case 'host-header':
      return ({ host }) => condition.values.some((pattern) => matchesIgnoringCase(pattern, host));
    case 'http-header': {
      const name = condition.name.toLowerCase();
      return ({ header }) =>
        header(name).some((value) => condition.values.some((pattern) => matchesIgnoringCase(pattern, value)));
    }
    case 'http-request-method':
      return ({ method }) => condition.values.includes(method);
    case 'query-string':
      return ({ query }) => {
        const pairs = query.split('&').filter(Boolean).map(keyAndValue);
        return condition.values.some((wanted) => pairs.some((pair) => matchesPair(wanted, pair)));
      };
    case 'source-ip': {
      const ranges = addressRanges(condition.values);
      return ({ sourceAddress }) => ranges.check(sourceAddress, isIPv6(sourceAddress) ? 'ipv6' : 'ipv4');
    }
  }
}

function matchesIgnoringCase(pattern: string, text: string, options?: { escapes: boolean }): boolean {
  return matchesWildcard(pattern.toLowerCase(), text.toLowerCase(), options);
}

function keyAndValue(pair: string): { key: string; value: string } {
  const equals = pair.indexOf('=');
  return equals < 0
    ? { key: pair, value: '' }
    : { key: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

function matchesPair(wanted: { key?: string; value: string }, pair: { key: string; value: string }): boolean {
  const options = { escapes: true };
  return (
    (wanted.key === undefined || matchesIgnoringCase(wanted.key, pair.key, options)) &&
    matchesIgnoringCase(wanted.value, pair.value, options)
  );
}

function addressRanges(cidrs: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/');
    ranges.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return ranges;
}
