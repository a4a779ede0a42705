import { info, saveState, setOutput, setSecret, summary } from '@actions/core';
import { awsFault } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { readTestAccessInputs } from './inputs.ts';
import { readPlace } from './parameters.ts';

// What comes after the first call is loaded after it.

/** Real milliseconds for which throttled calls are repeated. */
const PATIENCE = 60_000;

/** Opens the way: a token that only its hash is known of, good for minutes, taken back by `post`. */
export async function main(signal: AbortSignal): Promise<void> {
  const inputs = await readTestAccessInputs();
  const deadline = Date.now() + PATIENCE;
  const place = await readPlace(inputs.parameters, deadline, signal);
  const { HEADER, newToken } = await import('./token.ts');
  const { keyValueStore } = await import('./key-value-store.ts');
  const { waitUntilAdmitted } = await import('./gate.ts');
  const token = newToken(inputs.lifetime);
  setSecret(token.secret);
  // Before it is put: whatever ends this step, `post` takes it back.
  saveState('store', place.store);
  saveState('key', token.hash);
  saveState('ends', String(token.endsAt));
  await keyValueStore(place.store, deadline, signal)
    .put(token.hash, String(token.endsAt))
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw new FaultsError([awsFault(error, `store ${place.store}`, 'cloudfront-keyvaluestore:PutKey')]);
    });
  const url = (inputs.url ?? place.url).replace(/\/$/, '');
  const endpoints = Object.fromEntries(inputs.services.map((service) => [service, `${url}/${service}`]));
  setOutput('endpoints', JSON.stringify(endpoints));
  setOutput('header', `${HEADER}: ${token.secret}`);
  await waitUntilAdmitted(endpoints, token.secret, signal);
  const until = new Date(token.endsAt * 1000).toISOString().slice(11, 19);
  const sentence = `The way to green is open: ${inputs.services.join(', ')} at ${url}, for this job, until ${until} UTC at the latest.`;
  info(sentence);
  if (process.env.GITHUB_STEP_SUMMARY) await summary.addRaw(sentence, true).write();
}
