import { HttpError, type Request, text } from '../common/http.ts';
import { log } from '../common/log.ts';
import { startService } from '../common/service.ts';
import { callService } from '../common/upstream.ts';
import { issueToken, verifyToken } from './token.ts';

const HOUR = 3_600_000;

const secret = process.env.TOKEN_SECRET ?? '';
if (secret === '') {
  log('error', 'TOKEN_SECRET is not set: nobody could sign in', { service: 'auth' });
  process.exit(78);
}

async function createToken({ body, id }: Request) {
  const { status, body: known } = await callService('users', {
    method: 'POST',
    path: '/credentials',
    body: { email: text(body, 'email'), password: text(body, 'password') },
    headers: { 'x-request-id': id },
  });
  if (status === 401) throw new HttpError(401, 'unauthorized', 'The e-mail address or the password is wrong');
  if (status !== 200) throw new HttpError(502, 'unavailable', `users answered ${status}`);
  const userId = String(known.userId);
  return { status: 201, body: { token: issueToken(userId, secret, Date.now() + HOUR), userId } };
}

function verify({ headers }: Request) {
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  const userId = token && verifyToken(token, secret, Date.now());
  if (!userId)
    throw new HttpError(401, 'unauthorized', 'A valid token is needed: Authorization: Bearer TOKEN');
  return { status: 200, body: { userId } };
}

startService({
  name: 'auth',
  port: 3001,
  routes: [
    { method: 'POST', path: '/tokens', handle: createToken },
    { method: 'GET', path: '/tokens/verify', handle: verify },
  ],
});
