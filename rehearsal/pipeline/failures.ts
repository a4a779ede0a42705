import { asRun } from '../scenario/as-run.ts';
import { scenarios } from '../scenario/scenarios.ts';
import type { Stage } from '../scenario/stage.ts';
import type { Act } from './acts.ts';
import type { PipelineStage } from './stage.ts';
import type { Watching } from './start.ts';

/** What goes wrong in a release to the production that the stacks made, played by the actions alone. */
export const failures: readonly Act[] = scenarios
  .filter(({ playedIn }) => playedIn.includes('whole'))
  .map(({ name, story, play }) => ({
    name,
    story,
    play: async (stage, watching) => {
      const { releases, expectations } = await play(productionOf(stage, watching));
      stage.runs.push(...releases.map(asRun));
      return expectations;
    },
  }));

function productionOf({ production, ...stage }: PipelineStage, { onLine }: Watching): Stage {
  return { ...stage, environment: production, onLine: (line) => onLine('release', line) };
}
