/**
 * A process that outlives the embedded AWS by a moment: it reads the images that were pulled, and when
 * its input ends, because we stopped or were killed, it removes our containers and those images.
 * Arguments: the engine's address, the label of our containers.
 */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { connectDocker, type DockerEngine, DockerError } from './docker-engine.ts';

const containers = z.array(z.object({ Id: z.string() }));

async function main([host, label]: readonly string[]): Promise<void> {
  const images = (await text(process.stdin)).split('\n').filter(Boolean);
  const engine = await connectDocker(host);
  const filters = JSON.stringify({ label: [label] });
  const ours = containers.parse(
    await engine.call('GET', '/containers/json', { query: { all: 'true', filters } }),
  );
  await Promise.all(ours.map(({ Id }) => remove(engine, `/containers/${Id}`)));
  await Promise.all(images.map((image) => remove(engine, `/images/${image}`)));
}

/** What is gone, or is being removed, needs no more. */
async function remove(engine: DockerEngine, path: string): Promise<void> {
  await engine.call('DELETE', path, { query: { force: 'true' } }).catch((error: unknown) => {
    if (!(error instanceof DockerError && [404, 409].includes(error.status))) throw error;
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
await main(process.argv.slice(2));
