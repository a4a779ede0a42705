import { STS } from '@aws-sdk/client-sts';
import { idToken } from '../id-token.ts';
import { input, run, setVariable, variable } from '../toolkit.ts';

await run(async () => {
  const region = input('aws-region');
  const token = await idToken('sts.amazonaws.com');
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
