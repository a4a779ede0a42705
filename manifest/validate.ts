import { FARGATE_SIZES, type Manifest } from './manifest.ts';

/** A fault by its path in the document; the loader adds file, line and column. */
export interface Finding {
  path: readonly (string | number)[];
  message: string;
}

/** What the schema cannot say: how the parts of a manifest must fit together. */
export function validateManifest(manifest: Manifest): Finding[] {
  return [
    ...sizeFindings(manifest),
    ...portFindings(manifest),
    ...dependencyFindings(manifest),
    ...taskFindings(manifest),
  ];
}

function sizeFindings(manifest: Manifest): Finding[] {
  return Object.entries(manifest.services).flatMap(([name, { cpu, memory }]): Finding[] => {
    const memories = FARGATE_SIZES[cpu];
    if (!memories) {
      return [
        {
          path: ['services', name, 'cpu'],
          message: `${cpu} is no Fargate CPU size; allowed: ${Object.keys(FARGATE_SIZES).join(', ')}`,
        },
      ];
    }
    if (memories.includes(memory)) return [];
    return [
      {
        path: ['services', name, 'memory'],
        message: `${memory} MiB does not go with ${cpu} CPU units; allowed: ${memories.join(', ')}`,
      },
    ];
  });
}

function portFindings(manifest: Manifest): Finding[] {
  const seen = new Map<number, string>();
  return Object.entries(manifest.services).flatMap(([name, { listener }]) =>
    (['production', 'test'] as const).flatMap((kind): Finding[] => {
      const owner = seen.get(listener[kind]);
      seen.set(listener[kind], `${name}’s ${kind} listener`);
      return owner
        ? [
            {
              path: ['services', name, 'listener', kind],
              message: `port ${listener[kind]} is already ${owner}`,
            },
          ]
        : [];
    }),
  );
}

function taskFindings(manifest: Manifest): Finding[] {
  return Object.entries(manifest.services)
    .filter(([, { tasks }]) => tasks.min > tasks.max)
    .map(([name, { tasks }]) => ({
      path: ['services', name, 'tasks'],
      message: `min ${tasks.min} is more than max ${tasks.max}`,
    }));
}

function dependencyFindings(manifest: Manifest): Finding[] {
  const known = Object.keys(manifest.services);
  const unknown = Object.entries(manifest.services).flatMap(([name, { dependsOn }]) =>
    dependsOn.flatMap((dependency, index): Finding[] =>
      known.includes(dependency)
        ? []
        : [
            {
              path: ['services', name, 'dependsOn', index],
              message: `${JSON.stringify(dependency)} is no service; declared: ${known.join(', ')}`,
            },
          ],
    ),
  );
  if (unknown.length > 0) return unknown;
  const circle = findCircle(manifest);
  return circle
    ? [
        {
          path: ['services', circle[0] ?? '', 'dependsOn'],
          message: `goes in a circle: ${circle.join(' → ')}`,
        },
      ]
    : [];
}

function findCircle(manifest: Manifest): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const dependency of manifest.services[name]?.dependsOn ?? []) {
      const circle = visit(dependency, [...trail, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(manifest.services)) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}
