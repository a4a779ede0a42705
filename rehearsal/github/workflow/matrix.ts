import { isDeepStrictEqual } from 'node:util';

export type Combination = Record<string, unknown>;

/** GitHub's limit of jobs from one matrix. */
const LIMIT = 256;

/**
 * The combinations of a matrix: the product of its lists, without what `exclude` matches, with what
 * `include` adds to those it does not contradict, else on its own.
 * https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
export function expandMatrix(matrix: unknown): Combination[] {
  if (matrix === undefined || matrix === null) return [{}];
  if (typeof matrix !== 'object')
    throw new Error(`strategy.matrix is ${JSON.stringify(matrix)}, not a mapping`);
  const { include, exclude, ...axes } = matrix as Record<string, unknown>;
  const product = Object.entries(axes).reduce<Combination[]>(
    (combinations, [name, values]) =>
      combinations.flatMap((combination) =>
        list(name, values).map((value) => ({ ...combination, [name]: value })),
      ),
    [{}],
  );
  const empty = Object.keys(axes).find((name) => list(name, axes[name]).length === 0);
  if (empty) throw new Error(`strategy.matrix.${empty} has no value: there would be no job`);
  const excluded = list('exclude', exclude ?? []) as Combination[];
  const base =
    Object.keys(axes).length === 0
      ? []
      : product.filter((combination) => !excluded.some((pattern) => matches(combination, pattern)));
  const combinations = include
    ? withIncluded(base, Object.keys(axes), list('include', include) as Combination[])
    : base;
  if (combinations.length > LIMIT)
    throw new Error(`strategy.matrix makes ${combinations.length} jobs, more than ${LIMIT}`);
  return combinations;
}

function list(name: string, values: unknown): unknown[] {
  if (!Array.isArray(values))
    throw new Error(`strategy.matrix.${name} is ${JSON.stringify(values)}, not a list`);
  return values;
}

function matches(combination: Combination, pattern: Combination): boolean {
  return Object.entries(pattern).every(([name, value]) => isDeepStrictEqual(combination[name], value));
}

function withIncluded(
  base: readonly Combination[],
  axes: readonly string[],
  included: readonly Combination[],
): Combination[] {
  const originals = base.map((combination) => ({ ...combination }));
  const result = base.map((combination) => ({ ...combination }));
  const alone: Combination[] = [];
  for (const extra of included) {
    let placed = false;
    for (const [index, original] of originals.entries()) {
      const contradicts = axes.some(
        (axis) => axis in extra && !isDeepStrictEqual(original[axis], extra[axis]),
      );
      if (contradicts) continue;
      Object.assign(result[index] ?? {}, extra);
      placed = true;
    }
    if (!placed) alone.push({ ...extra });
  }
  return [...result, ...alone];
}
