import { STS } from '@aws-sdk/client-sts';
import { input, run, setVariable, variable } from '../toolkit.ts';

const WANTS_PERMISSION = 'the job needs `permissions: id-token: write`';

await run(async () => {
  const region = input('aws-region');
  const token = await idToken();
  const sts = new STS({ region, endpoint: variable('AWS_ENDPOINT_URL') });
  const { Credentials, AssumedRoleUser } = await sts.assumeRoleWithWebIdentity({
    RoleArn: input('role-to-assume'),
    RoleSessionName: input('role-session-name'),
    WebIdentityToken: token,
    DurationSeconds: Number(input('role-duration-seconds')),
  });
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  for (const secret of [AccessKeyId, SecretAccessKey, SessionToken]) console.log(`::add-mask::${secret}`);
  setVariable('AWS_ACCESS_KEY_ID', AccessKeyId);
  setVariable('AWS_SECRET_ACCESS_KEY', SecretAccessKey);
  setVariable('AWS_SESSION_TOKEN', SessionToken);
  setVariable('AWS_REGION', region);
  setVariable('AWS_DEFAULT_REGION', region);
  console.log(`Signed in as ${AssumedRoleUser?.Arn}`);
});

/** https://docs.github.com/actions/reference/openid-connect-reference#methods-for-requesting-the-oidc-token */
async function idToken(): Promise<string> {
  const url = variable('ACTIONS_ID_TOKEN_REQUEST_URL', WANTS_PERMISSION);
  const bearer = variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN', WANTS_PERMISSION);
  const answer = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  if (!answer.ok) throw new Error(`no ID token: ${answer.status} ${await answer.text()}`);
  const { value } = (await answer.json()) as { value: string };
  return value;
}
