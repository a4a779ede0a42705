import { fileURLToPath } from 'node:url';
import { loadManifest } from '../../manifest/index.ts';
import { loadConfiguration } from '../config/load.ts';
import { estimate, PRODUCTION_USAGE, STAGING_USAGE, total } from './estimate.ts';

/** Prints the tables of docs/costs.md from the configuration: `npm run costs`. */
const manifest = loadManifest(fileURLToPath(new URL('../../pika.yml', import.meta.url)));
const { environments } = loadConfiguration(manifest);
let sum = 0;
for (const [name, config] of environments) {
  const lines = estimate(manifest, config, config.sleeps ? STAGING_USAGE : PRODUCTION_USAGE, !config.sleeps);
  sum += total(lines);
  console.log(`\n### ${name}\n\n| service | configuration | arithmetic | USD a month |\n|---|---|---|---:|`);
  for (const { service, configuration, arithmetic, amount } of lines) {
    console.log(`| ${service} | ${configuration} | ${arithmetic} | ${amount.toFixed(2)} |`);
  }
  console.log(`| **${name}** | | | **${total(lines).toFixed(2)}** |`);
}
console.log(`\n**Together: $${sum.toFixed(2)} a month**, of a budget of $${manifest.budget.monthly}.`);
