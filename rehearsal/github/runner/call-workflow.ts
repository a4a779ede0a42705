import { interpolate, type Scope } from '../expressions/evaluate.ts';
import { inputsOf } from '../workflow/trigger.ts';
import { type Frame, TOKEN } from './frame.ts';
import { checkInputs } from './inputs.ts';
import { permissionsOf } from './permissions.ts';
import { emptyResult, type JobResult } from './result.ts';
import { runInTurn } from './run-in-turn.ts';
import type { Variant } from './run-variants.ts';

/** The jobs of the workflow that a job calls, as this one's. */
export async function callWorkflow(
  frame: Frame,
  { id, key, name, job }: Variant,
  scope: Scope,
): Promise<JobResult> {
  const startedAt = Date.now();
  const tree = frame.tree.called.get(key);
  if (!tree) throw new Error(`${frame.tree.workflow.at(['jobs', key, 'uses'])} ${job.uses} was not read`);
  const given = interpolate(job.with ?? {}, scope) as Record<string, unknown>;
  const secrets =
    job.secrets === 'inherit'
      ? frame.secrets
      : { GITHUB_TOKEN: TOKEN, ...(interpolate(job.secrets ?? {}, scope) as Record<string, string>) };
  const called = await runInTurn({
    ...frame,
    tree,
    inputs: checkInputs(inputsOf(tree.workflow, 'workflow_call'), given, tree.workflow.path),
    secrets,
    prefix: `${name} / `,
    granted: permissionsOf(job, frame.tree.workflow, frame.granted),
  });
  return {
    ...emptyResult(id, name, job, called.conclusion),
    outputs: called.outputs,
    uses: tree.workflow.path,
    called: called.jobs,
    startedAt,
    milliseconds: Date.now() - startedAt,
  };
}
