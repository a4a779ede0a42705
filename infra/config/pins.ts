import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What only AWS knows, by region: asked for once by `npm run pins`, and from then on a decision that Git shows. */
const pinsSchema = z.record(
  z.string(),
  z.strictObject({ natImage: z.string(), cloudFrontPrefixList: z.string() }),
);

export type Pins = z.infer<typeof pinsSchema>;

export const PINS_FILE = fileURLToPath(new URL('pins.json', import.meta.url));

export function readPins(file: string = PINS_FILE): Pins {
  return pinsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The pins of one region; words instead of ids where there are none, which the configuration's check reports. */
export function pinsOf(region: string): Pins[string] {
  const missing = `run npm run pins -- --region ${region}`;
  return readPins()[region] ?? { natImage: missing, cloudFrontPrefixList: missing };
}
