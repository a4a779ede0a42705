import { readAction } from '../../github/action-metadata.ts';
import type { StandIns } from '../../github/runner/run-context.ts';
import type { StandIn } from '../json.ts';

/** What no rehearsal has: it is on one machine. */
const EVERYWHERE: readonly StandIn[] = [
  { what: 'AWS', instead: 'The embedded AWS, in this process, with a clock that runs faster' },
  { what: 'Fargate', instead: 'Tasks are processes of this machine, each with an address of its own' },
  {
    what: 'GitHub',
    instead: 'A runner that reads workflows with GitHub’s own parser, and the few API calls that they make',
  },
  { what: 'Users', instead: 'Requests at a constant rate, none of them retried' },
];

/** Actions of others, with what runs in their place, as each stand-in's `action.yml` says it. */
export function collectStandIns(standIns: StandIns): StandIn[] {
  const actions = Object.entries(standIns).map(([what, folder]) => ({
    what,
    instead: readAction(folder).description,
  }));
  return [...EVERYWHERE, ...actions];
}
