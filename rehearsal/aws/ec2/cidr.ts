import { awsError } from '../kernel/error.ts';

interface Cidr {
  /** The first address, as a number. */
  first: number;
  last: number;
  bits: number;
}

/** @throws AwsError InvalidParameterValue when the text is no IPv4 block. */
export function parseCidr(text: string): Cidr {
  const [, a, b, c, d, length] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text) ?? [];
  const octets = [a, b, c, d].map(Number);
  const bits = Number(length);
  if (length === undefined || bits > 32 || octets.some((octet) => octet > 255)) {
    throw awsError(
      'InvalidParameterValue',
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  const size = 2 ** (32 - bits);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, bits };
}

export const contains = (outer: Cidr, inner: Cidr): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (one: Cidr, other: Cidr): boolean =>
  one.first <= other.last && other.first <= one.last;
