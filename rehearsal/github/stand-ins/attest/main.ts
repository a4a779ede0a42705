import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { idToken } from '../id-token.ts';
import { input, run, variable } from '../toolkit.ts';

/** The statement is GitHub's in form; nobody signs it here. */
await run(async () => {
  const workspace = variable('GITHUB_WORKSPACE');
  const files = globSync(input('subject-path').split('\n'), { cwd: workspace }).filter((file) =>
    statSync(join(workspace, file)).isFile(),
  );
  if (files.length === 0) throw new Error(`Could not find subject at path ${input('subject-path')}`);
  await idToken('sigstore');
  const subject = files.map((name) => ({
    name,
    digest: {
      sha256: createHash('sha256')
        .update(readFileSync(join(workspace, name)))
        .digest('hex'),
    },
  }));
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: { buildDefinition: { externalParameters: { workflow: variable('GITHUB_WORKFLOW_REF') } } },
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const answer = await fetch(
    `${variable('GITHUB_API_URL')}/repos/${variable('GITHUB_REPOSITORY')}/attestations`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${input('github-token')}` },
      body: JSON.stringify({
        bundle: { dsseEnvelope: { payloadType: 'application/vnd.in-toto+json', payload } },
      }),
    },
  );
  if (answer.status !== 201)
    throw new Error(`Failed to persist attestation: ${answer.status} ${await answer.text()}`);
  console.log(`Attested ${files.length} files`);
});
