import fc from 'fast-check';
import { layOut } from './graph.ts';

const job = (id: string, needs: readonly string[]) => ({
  id,
  name: id,
  needs,
  conclusion: 'success' as const,
  startsAt: 0,
  seconds: 1,
  steps: [],
  annotations: [],
  summary: '',
  log: { lines: [], leftOut: 0 },
  jobs: [],
});

/** Jobs of which each needs some of those before it. */
const jobs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 14 })
  .map((all) =>
    all.map((needs, index) =>
      job(`j${index}`, index === 0 ? [] : [...new Set(needs.map((need) => `j${need % index}`))]),
    ),
  );

describe('the graph of a run', () => {
  it('has every job in a place of its own, after all that it needs', () => {
    fc.assert(
      fc.property(jobs, (all) => {
        const { places, columns, rows } = layOut(all);
        expect(places.map((place) => place.job.id).sort()).toEqual(all.map(({ id }) => id).sort());
        expect(new Set(places.map(({ column, row }) => `${column}/${row}`)).size).toBe(all.length);
        const columnOf = new Map(places.map((place) => [place.job.id, place.column]));
        for (const { id, needs } of all) {
          for (const need of needs) expect(columnOf.get(need)).toBeLessThan(columnOf.get(id) ?? -1);
        }
        for (const { column, row } of places) expect(column < columns && row < rows).toBe(true);
      }),
    );
  });

  it('has a way from every job that is needed, and no edge that others say already', () => {
    fc.assert(
      fc.property(jobs, (all) => {
        const { edges } = layOut(all);
        const reach = (from: string, without?: readonly [string, string]): Set<string> => {
          const seen = new Set<string>();
          const visit = (id: string): void => {
            for (const edge of edges) {
              if (edge[0] !== id || edge === without || seen.has(edge[1])) continue;
              seen.add(edge[1]);
              visit(edge[1]);
            }
          };
          visit(from);
          return seen;
        };
        for (const { id, needs } of all) for (const need of needs) expect(reach(need)).toContain(id);
        for (const edge of edges) expect(reach(edge[0], edge)).not.toContain(edge[1]);
      }),
    );
  });

  it('draws a report whose jobs need each other in a circle, or a job that is not there', () => {
    const { places } = layOut([job('a', ['b']), job('b', ['a']), job('c', ['nowhere', 'c'])]);
    expect(places).toHaveLength(3);
  });

  it('keeps the jobs that others wait for in one line', () => {
    const all = [
      job('test', []),
      job('build', ['test']),
      job('sleep', ['build']),
      job('plan', ['build']),
      job('go', ['plan']),
    ];
    const rows = Object.fromEntries(layOut(all).places.map((place) => [place.job.id, place.row]));
    expect(rows).toMatchObject({ test: 0, build: 0, plan: 0, go: 0, sleep: 1 });
  });
});
