import type { JobReport } from '../json.ts';

/** A job of a run's graph: how far from the start it stands, and beside how many. */
export interface Place {
  job: JobReport;
  /** Jobs in a row before it. */
  column: number;
  row: number;
}

export interface Graph {
  places: readonly Place[];
  /** Ids of jobs, from the needed one to the one that needs it. */
  edges: readonly (readonly [from: string, to: string])[];
  columns: number;
  rows: number;
}

/** Lays jobs out by what they need: each after all that it needs, as near to them as there is room. */
export function layOut(jobs: readonly JobReport[]): Graph {
  const known = new Map(jobs.map((job) => [job.id, job]));
  const needs = new Map(
    jobs.map((job) => [job.id, job.needs.filter((id) => known.has(id) && id !== job.id)]),
  );
  const ancestors = new Map<string, Set<string>>();
  const columns = new Map<string, number>();
  const visit = (id: string, under: ReadonlySet<string>): Set<string> => {
    const seen = ancestors.get(id);
    if (seen) return seen;
    const above = new Set<string>();
    let column = 0;
    // GitHub refuses a circle of needs; a report that has one is still drawn.
    for (const needed of (needs.get(id) ?? []).filter((it) => !under.has(it))) {
      for (const ancestor of visit(needed, new Set([...under, id]))) above.add(ancestor);
      above.add(needed);
      column = Math.max(column, (columns.get(needed) ?? 0) + 1);
    }
    ancestors.set(id, above);
    columns.set(id, column);
    return above;
  };
  for (const { id } of jobs) visit(id, new Set([id]));

  // What is needed by something else that is needed is said already.
  const edges = jobs.flatMap(({ id }) => {
    const direct = needs.get(id) ?? [];
    const said = (needed: string) =>
      direct.some((other) => other !== needed && ancestors.get(other)?.has(needed));
    return direct.filter((needed) => !said(needed)).map((needed) => [needed, id] as const);
  });
  const places = placeRows(jobs, columns, edges);
  return {
    places,
    edges,
    columns: Math.max(0, ...places.map(({ column }) => column + 1)),
    rows: Math.max(0, ...places.map(({ row }) => row + 1)),
  };
}

function placeRows(
  jobs: readonly JobReport[],
  columns: ReadonlyMap<string, number>,
  edges: Graph['edges'],
): Place[] {
  const rows = new Map<string, number>();
  const wanted = (id: string) => {
    const before = edges.filter(([, to]) => to === id).map(([from]) => rows.get(from) ?? 0);
    return before.length === 0 ? 0 : before.reduce((sum, row) => sum + row, 0) / before.length;
  };
  // A job that others wait for keeps the straight line; one that ends there goes below.
  const ends = (id: string) => (edges.some(([from]) => from === id) ? 0 : 1);
  const byColumn = Map.groupBy(jobs, ({ id }) => columns.get(id) ?? 0);
  const places: Place[] = [];
  for (const [column, those] of [...byColumn].sort(([left], [right]) => left - right)) {
    const ordered = [...those].sort(
      (left, right) => wanted(left.id) - wanted(right.id) || ends(left.id) - ends(right.id),
    );
    for (const [row, job] of ordered.entries()) {
      rows.set(job.id, row);
      places.push({ job, column, row });
    }
  }
  return places;
}
