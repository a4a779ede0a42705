/** Writes `manifest/pika.schema.json`, which editors complete and check `pika.yml` by. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { manifestSchema } from '../manifest/manifest.ts';

const schema = z.toJSONSchema(manifestSchema, { target: 'draft-2020-12', io: 'input' });
writeFileSync(
  new URL('../manifest/pika.schema.json', import.meta.url),
  `${JSON.stringify({ title: 'Pika release manifest', ...schema }, null, 2)}\n`,
);
