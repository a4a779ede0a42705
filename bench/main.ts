/** `npm run bench [-- AREA …]`: measures every figure of docs/performance.md on this machine, right now. */
import { type Figure, figureTable, holds } from './figure.ts';

const AREAS: Readonly<Record<string, () => Promise<{ measure: () => Promise<Figure[]> }>>> = {
  'budget-gate': () => import('./budget-gate.ts'),
  'build-push': () => import('./build-push.ts'),
  bundles: () => import('./bundles.ts'),
  'embedded-aws': () => import('./embedded-aws.ts'),
  'load-balancing': () => import('./load-balancing.ts'),
  release: () => import('./release.ts'),
  'smoke-test': () => import('./smoke-test.ts'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((area) => !(area in AREAS));
if (unknown.length > 0) {
  console.error(`No such area: ${unknown.join(', ')}. There are: ${Object.keys(AREAS).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const area of asked.length > 0 ? asked : Object.keys(AREAS)) {
  console.error(`measuring ${area} …`);
  figures.push(...((await (await AREAS[area]?.())?.measure()) ?? []));
}
console.log(figureTable(figures));
process.exitCode = figures.every(holds) ? 0 : 1;
