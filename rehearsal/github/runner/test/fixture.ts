import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JobResult, WorkflowResult } from '../result.ts';
import { runWorkflow, type WorkflowRunOptions } from '../run-workflow.ts';

let folder: string;
let runs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-workflow-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A file of this test's repository, which is a folder of its own. */
export const path = (name: string) => join(folder, name);

/** Writes files of this test's repository. */
export function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  }
}

/** Runs a workflow of the repository pika/pika, by a push to main unless told otherwise. */
export function run(workflow: string, more: Partial<WorkflowRunOptions> = {}): Promise<WorkflowResult> {
  write({ '.github/workflows/test.yml': workflow });
  return runWorkflow({
    repository: {
      fullName: 'pika/pika',
      id: '1000001',
      folder,
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      actor: 'developer',
      secrets: { PASSWORD: 'hunter22' },
      variables: { COLOUR: 'green' },
      environments: { production: { reviewers: ['lead'] } },
    },
    path: '.github/workflows/test.yml',
    event: { name: 'push', payload: {} },
    runId: String(++runs),
    temporary: path('temporary'),
    ...more,
  });
}

/** A job of a run, or one of a job that was called or is one of a matrix. */
export function job(result: WorkflowResult, id: string): JobResult {
  const all = result.jobs.flatMap((each) => [each, ...(each.called ?? [])]);
  const found = all.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no job ${id}`);
  return found;
}
