import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readBudgetReport } from './budget-report.ts';
import { toTables, withTables } from './table.ts';

/** Writes what the budget gate expects of cdk.out into docs/costs.md and prints it: `npm run costs`. */
const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const tables = toTables(readBudgetReport(pathOf('cdk.out')));
const page = pathOf('docs/costs.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8'), tables));
console.log(tables);
