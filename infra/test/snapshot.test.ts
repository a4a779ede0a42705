import { drawApp, templatesOf } from './assembly.ts';

const HASH = /\b[0-9a-f]{64}\b/g;

/** A template as a reviewer reads it: each resource on a line of its own, hashes of assets masked. */
function readable(template: { Resources: Record<string, { Type: string; Properties?: unknown }> }): string[] {
  return Object.entries(template.Resources).map(
    ([logicalId, { Type, ...rest }]) =>
      `${Type} ${logicalId} ${JSON.stringify(rest).replaceAll(HASH, 'HASH')}`,
  );
}

const templates = templatesOf(drawApp());

it.each([...templates.keys()].filter((name) => !name.startsWith('pika-staging')))(
  '%s is what was reviewed',
  (name) => {
    expect(readable(templates.get(name) ?? { Resources: {} })).toMatchSnapshot();
  },
);

it('staging is production in small: what differs', () => {
  const staging = [...templates.keys()].filter((name) => name.startsWith('pika-staging'));
  const types = (name: string) => {
    const count = new Map<string, number>();
    for (const { Type } of Object.values(templates.get(name)?.Resources ?? {}))
      count.set(Type, (count.get(Type) ?? 0) + 1);
    return count;
  };
  const differences = staging.flatMap((name) => {
    const mine = types(name);
    const theirs = types(name.replace('staging', 'production'));
    return [...new Set([...mine.keys(), ...theirs.keys()])]
      .filter((type) => mine.get(type) !== theirs.get(type))
      .map(
        (type) =>
          `${name.replace('pika-staging-', '')}: ${type} ${theirs.get(type) ?? 0} → ${mine.get(type) ?? 0}`,
      );
  });
  expect(differences.sort()).toMatchSnapshot();
});
