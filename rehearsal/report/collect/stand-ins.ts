import { readAction } from '../../github/action-metadata.ts';
import type { StandIns } from '../../github/runner/run-context.ts';
import type { StandIn } from '../json.ts';

/** Actions of others, with what runs in their place, as each stand-in's `action.yml` says it. */
export function collectStandIns(standIns: StandIns): StandIn[] {
  return Object.entries(standIns).map(([what, folder]) => ({
    what,
    instead: readAction(folder).description,
  }));
}
