import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { HttpError, type Request, text } from '../common/http.ts';
import { log } from '../common/log.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';
import { issueToken, verifyToken } from './token.ts';

const derive = promisify<string, string, number, { N: number }, Buffer>(scrypt);
const HOUR = 3_600_000;

interface Credentials {
  userId: string;
  salt: string;
  hash: string;
}

const secret = process.env.TOKEN_SECRET ?? '';
if (secret === '') {
  log('error', 'TOKEN_SECRET is not set: nobody could sign in', { service: 'auth' });
  process.exit(78);
}
const store = openStore();

async function hashPassword(password: string, salt: string): Promise<Buffer> {
  return derive(password, salt, 32, { N: 1024 });
}

async function setCredentials({ body }: Request) {
  const salt = randomBytes(16).toString('hex');
  const hash = await hashPassword(text(body, 'password'), salt);
  await store.set(`auth:${text(body, 'email').toLowerCase()}`, {
    userId: text(body, 'userId'),
    salt,
    hash: hash.toString('hex'),
  });
  return { status: 204 };
}

async function createToken({ body }: Request) {
  const credentials = (await store.get(`auth:${text(body, 'email').toLowerCase()}`)) as
    | Credentials
    | undefined;
  const password = text(body, 'password');
  const known = credentials ?? { userId: '', salt: 'unknown', hash: '00'.repeat(32) };
  const same = timingSafeEqual(await hashPassword(password, known.salt), Buffer.from(known.hash, 'hex'));
  if (!credentials || !same)
    throw new HttpError(401, 'unauthorized', 'The e-mail address or the password is wrong');
  const token = issueToken(credentials.userId, secret, Date.now() + HOUR);
  return { status: 201, body: { token, userId: credentials.userId } };
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
  ready: () => store.ping(),
  routes: [
    { method: 'POST', path: '/credentials', handle: setCredentials },
    { method: 'POST', path: '/tokens', handle: createToken },
    { method: 'GET', path: '/tokens/verify', handle: verify },
  ],
});
