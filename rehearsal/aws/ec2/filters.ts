import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { awsError } from '../kernel/error.ts';

/** How a resource answers a filter of a name: its values, any of which may match. */
export type Filterable<Resource> = Readonly<
  Record<string, (resource: Resource) => readonly (string | undefined)[]>
>;

type Tagged = { Tags?: Tag[] | undefined };

/**
 * The resources that pass all filters; within a filter, any value does. `*` and `?` stand for text.
 * @throws AwsError InvalidParameterValue for a filter that the operation does not have.
 */
export function filtered<Resource extends Tagged>(
  resources: Iterable<Resource>,
  filters: readonly Filter[] | undefined,
  known: Filterable<Resource>,
): Resource[] {
  const tests = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const patterns = Values.map(patternOf);
    const valuesOf = reader(Name, known);
    return (resource: Resource) =>
      valuesOf(resource).some(
        (value) => value !== undefined && patterns.some((pattern) => pattern.test(value)),
      );
  });
  return [...resources].filter((resource) => tests.every((test) => test(resource)));
}

function reader<Resource extends Tagged>(name: string, known: Filterable<Resource>) {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return ({ Tags }: Resource) => (Tags ?? []).filter(({ Key }) => Key === key).map(({ Value }) => Value);
  }
  if (name === 'tag-key') return ({ Tags }: Resource) => (Tags ?? []).map(({ Key }) => Key);
  const read = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!read) throw awsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read;
}

function patternOf(value: string): RegExp {
  const escaped = value.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
