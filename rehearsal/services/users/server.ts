import { randomUUID } from 'node:crypto';
import { HttpError, type Request, text } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';
import { hashPassword, isPassword, type PasswordHash } from './password.ts';

interface Credentials extends PasswordHash {
  userId: string;
}

const store = openStore();

async function createUser({ body }: Request) {
  const email = text(body, 'email');
  if (!/^\S+@\S+\.\S+$/.test(email)) throw new HttpError(400, 'invalid', 'email must be an e-mail address');
  const user = { id: randomUUID(), email: email.toLowerCase(), name: text(body, 'name') };
  const password = text(body, 'password');
  if (password.length < 8) throw new HttpError(400, 'invalid', 'password must have 8 characters or more');
  if (!(await store.add(`users:email:${user.email}`, user.id))) {
    throw new HttpError(409, 'taken', `There is already a user with the e-mail address ${email}`);
  }
  await store.set(`users:${user.id}`, user);
  const credentials: Credentials = { userId: user.id, ...(await hashPassword(password)) };
  await store.set(`users:credentials:${user.email}`, credentials);
  return { status: 201, body: user };
}

/** Who it is that has this e-mail address and this password: asked by auth only, the gateway does not lead here. */
async function checkCredentials({ body }: Request) {
  const email = text(body, 'email').toLowerCase();
  const kept = (await store.get(`users:credentials:${email}`)) as Credentials | undefined;
  if (!(await isPassword(text(body, 'password'), kept)) || !kept) {
    throw new HttpError(401, 'unauthorized', 'The e-mail address or the password is wrong');
  }
  return { status: 200, body: { userId: kept.userId } };
}

async function getUser({ parameters }: Request) {
  const user = await store.get(`users:${parameters.id}`);
  if (!user) throw new HttpError(404, 'not_found', `There is no user ${parameters.id}`);
  return { status: 200, body: user };
}

startService({
  name: 'users',
  port: 3002,
  ready: () => store.ping(),
  routes: [
    { method: 'POST', path: '/credentials', handle: checkCredentials },
    { method: 'POST', path: '/users', handle: createUser },
    { method: 'GET', path: '/users/:id', handle: getUser },
  ],
});
