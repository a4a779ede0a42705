import { randomUUID } from 'node:crypto';
import { HttpError, number, type Request, text } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { openStore } from '../common/store.ts';

const store = openStore();

async function createListing({ body, userId }: Request) {
  if (!userId) throw new HttpError(401, 'unauthorized', 'Sign in to list something');
  const location = body.location;
  if (typeof location !== 'object' || location === null) {
    throw new HttpError(400, 'invalid', 'location must be {"lat": …, "lon": …}');
  }
  const place = location as Record<string, unknown>;
  const listing = {
    id: randomUUID(),
    sellerId: userId,
    title: text(body, 'title'),
    price: number(body, 'price', 0, 1_000_000),
    currency: text(body, 'currency', 3),
    location: { lat: number(place, 'lat', -90, 90), lon: number(place, 'lon', -180, 180) },
  };
  await store.set(`listings:${listing.id}`, listing);
  await store.push('listings:all', listing);
  return { status: 201, body: listing };
}

async function getListing({ parameters }: Request) {
  const listing = await store.get(`listings:${parameters.id}`);
  if (!listing) throw new HttpError(404, 'not_found', `There is no listing ${parameters.id}`);
  return { status: 200, body: listing };
}

async function getListings({ query }: Request) {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new HttpError(400, 'invalid', 'limit must be a whole number from 1 to 100');
  }
  return { status: 200, body: { listings: await store.list('listings:all', limit) } };
}

startService({
  name: 'listings',
  port: 3003,
  ready: () => store.ping(),
  routes: [
    { method: 'POST', path: '/listings', handle: createListing },
    { method: 'GET', path: '/listings', handle: getListings },
    { method: 'GET', path: '/listings/:id', handle: getListing },
  ],
});
