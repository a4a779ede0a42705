import { randomUUID } from 'node:crypto';
import { HttpError, type Request, text } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';
import { callService } from '../common/upstream.ts';

const store = openStore();

async function placeOrder({ body, userId, id: requestId }: Request) {
  if (!userId) throw new HttpError(401, 'unauthorized', 'Sign in to order something');
  const listingId = text(body, 'listingId');
  const headers = { 'x-request-id': requestId };
  const listing = await callService('listings', {
    method: 'GET',
    path: `/listings/${encodeURIComponent(listingId)}`,
    headers,
  });
  if (listing.status === 404) throw new HttpError(422, 'unknown_listing', `There is no listing ${listingId}`);
  if (listing.status !== 200) throw new HttpError(502, 'unavailable', `listings answered ${listing.status}`);

  const order = { id: randomUUID(), status: 'placed', listingId, buyerId: userId, price: listing.body.price };
  await store.set(`orders:${order.id}`, order);
  await Promise.all(
    [userId, String(listing.body.sellerId)].map((recipient) =>
      callService('notifications', {
        method: 'POST',
        path: '/notifications',
        body: { userId: recipient, type: 'order.placed', orderId: order.id },
        headers,
      }),
    ),
  );
  return { status: 201, body: order };
}

async function getOrder({ parameters, userId }: Request) {
  const order = (await store.get(`orders:${parameters.id}`)) as { buyerId: string } | undefined;
  if (!order || order.buyerId !== userId)
    throw new HttpError(404, 'not_found', `There is no order ${parameters.id}`);
  return { status: 200, body: order };
}

startService({
  name: 'orders',
  port: 3005,
  ready: () => store.ping(),
  routes: [
    { method: 'POST', path: '/orders', handle: placeOrder },
    { method: 'GET', path: '/orders/:id', handle: getOrder },
  ],
});
