import { randomUUID } from 'node:crypto';
import { HttpError, type Request, text } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';

const store = openStore();

async function notify({ body }: Request) {
  const notification = {
    id: randomUUID(),
    type: text(body, 'type'),
    orderId: text(body, 'orderId'),
    at: new Date().toISOString(),
  };
  await store.push(`notifications:${text(body, 'userId')}`, notification);
  return { status: 201, body: notification };
}

async function getNotifications({ userId, query }: Request) {
  const recipient = userId ?? query.get('userId');
  if (!recipient) throw new HttpError(401, 'unauthorized', 'Sign in to read notifications');
  return { status: 200, body: { notifications: await store.list(`notifications:${recipient}`, 50) } };
}

startService({
  name: 'notifications',
  port: 3006,
  ready: () => store.ping(),
  routes: [
    { method: 'POST', path: '/notifications', handle: notify },
    { method: 'GET', path: '/notifications', handle: getNotifications },
  ],
});
