import { variable } from './toolkit.ts';

const WANTS_PERMISSION = 'the job needs `permissions: id-token: write`';

/** https://docs.github.com/actions/reference/openid-connect-reference#methods-for-requesting-the-oidc-token */
export async function idToken(audience: string): Promise<string> {
  const url = variable('ACTIONS_ID_TOKEN_REQUEST_URL', WANTS_PERMISSION);
  const bearer = variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN', WANTS_PERMISSION);
  const answer = await fetch(`${url}&audience=${audience}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  if (!answer.ok) throw new Error(`no ID token: ${answer.status} ${await answer.text()}`);
  const { value } = (await answer.json()) as { value: string };
  return value;
}
