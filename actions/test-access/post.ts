import { getState, info, warning } from '@actions/core';
import { awsFault } from '../common/aws.ts';
import { formatFault } from '../common/fault.ts';

/** GitHub gives what comes after a cancelled job minutes; this needs seconds. */
const PATIENCE = 30_000;

/** After the job, whatever became of it: takes the token back. What cannot be taken back ends by itself. */
export async function post(): Promise<void> {
  const key = getState('key');
  const store = getState('store');
  if (key === '' || store === '') return;
  const { keyValueStore } = await import('./key-value-store.ts');
  try {
    await keyValueStore(store, Date.now() + PATIENCE).remove(key);
    info('The way to green is closed.');
  } catch (error) {
    const ends = new Date(Number(getState('ends')) * 1000).toISOString();
    const fault = awsFault(error, `store ${store}`, 'cloudfront-keyvaluestore:DeleteKey');
    warning(`The token could not be taken back; it ends by itself at ${ends}. ${formatFault(fault)}`);
  }
}
