import { randomUUID } from 'node:crypto';
import { HttpError, type Request, text } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';
import { callService } from '../common/upstream.ts';

const store = openStore();

async function createUser({ body, id: requestId }: Request) {
  const email = text(body, 'email');
  if (!/^\S+@\S+\.\S+$/.test(email)) throw new HttpError(400, 'invalid', 'email must be an e-mail address');
  const user = { id: randomUUID(), email: email.toLowerCase(), name: text(body, 'name') };
  const password = text(body, 'password');
  if (password.length < 8) throw new HttpError(400, 'invalid', 'password must have 8 characters or more');
  if (!(await store.add(`users:email:${user.email}`, user.id))) {
    throw new HttpError(409, 'taken', `There is already a user with the e-mail address ${email}`);
  }
  await store.set(`users:${user.id}`, user);
  const credentials = await callService('auth', {
    method: 'POST',
    path: '/credentials',
    body: { userId: user.id, email: user.email, password },
    headers: { 'x-request-id': requestId },
  });
  if (credentials.status >= 300) throw new Error(`auth answered ${credentials.status} to new credentials`);
  return { status: 201, body: user };
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
    { method: 'POST', path: '/users', handle: createUser },
    { method: 'GET', path: '/users/:id', handle: getUser },
  ],
});
