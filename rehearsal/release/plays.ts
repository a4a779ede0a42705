import { join } from 'node:path';
import type { ActionResult } from '../github/run-action.ts';
import type { Play, RunStep } from './release.ts';

/** Everything in one step. @param bake how long the shifted release is watched, such as `6s`. */
export function inOneStep(bake: string): Play {
  return (step, { root, environment, images }) =>
    step('blue-green-deploy', {
      phase: 'release',
      manifest: join(root, 'pika.yml'),
      environment: environment.name,
      images: JSON.stringify(images),
      bake,
      'ready-timeout': '60s',
    });
}

/** As the workflow does it: green is smoke-tested before the shift, production before the end; else all goes back. */
export const inPhases =
  (skipTags: string): Play =>
  async (step, { root, environment, images, version }) => {
    const smoke = { ...SMOKE, 'skip-tags': skipTags };
    const done: ActionResult[] = [];
    const run: RunStep = async (action, inputs) => {
      const result = await step(action, inputs);
      done.push(result);
      return result;
    };
    const deploy = (inputs: Record<string, string>) => run('blue-green-deploy', inputs);
    const prepared = await deploy({
      phase: 'prepare',
      manifest: join(root, 'pika.yml'),
      environment: environment.name,
      images: JSON.stringify(images),
      'ready-timeout': '60s',
    });
    if (prepared.outcome !== 'success') return joined(done);

    const rollBack = (release: string) => deploy({ phase: 'rollback', release });
    const endpoints = prepared.outputs['test-endpoints'] ?? '';
    const baseline = prepared.outputs['production-endpoints'] ?? '';
    const green = await run('smoke-test', { ...smoke, on: 'green', endpoints, baseline, version });
    if (green.outcome !== 'success') {
      await rollBack(prepared.outputs.release ?? '');
      return joined(done);
    }
    const committed = await deploy({ phase: 'commit', release: prepared.outputs.release ?? '' });
    const production = await run('smoke-test', {
      ...smoke,
      on: 'production',
      url: environment.gatewayUrl,
      version,
    });
    const held = committed.outcome === 'success' && production.outcome === 'success';
    const release = committed.outputs.release ?? prepared.outputs.release ?? '';
    await (held ? deploy({ phase: 'finish', release }) : rollBack(release));
    return joined(done);
  };

/** Small enough, and patient enough, for two cores that also carry the users and fourteen tasks: 180 counted requests. */
const SMOKE = {
  suites: 'smoke-tests',
  users: '60',
  duration: '3s',
  warmup: '500ms',
  p95: '1s',
  errors: '5%',
  availability: '98%',
  slowdown: '3',
};

/** The job as a whole: it fails with its first failed step, and shows what every step showed. */
function joined(steps: readonly ActionResult[]): ActionResult {
  const outcome = steps.find((step) => step.outcome !== 'success')?.outcome ?? 'success';
  return {
    outcome,
    outputs: Object.assign({}, ...steps.map((step) => step.outputs)) as Record<string, string>,
    summary: steps.map((step) => step.summary).join('\n'),
    log: steps.flatMap((step) => step.log),
    milliseconds: steps.reduce((sum, step) => sum + step.milliseconds, 0),
  };
}
