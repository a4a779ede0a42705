import { HttpError, type Request } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { callService } from '../common/upstream.ts';
import { distance, type Location } from './distance.ts';

interface Listing {
  id: string;
  title: string;
  price: number;
  location: Location;
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = Number(value);
  if (value === '' || Number.isNaN(number)) throw new HttpError(400, 'invalid', `${name} must be a number`);
  return number;
}

async function search({ query, id }: Request) {
  const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const lat = numberOf(query, 'lat');
  const lon = numberOf(query, 'lon');
  const radius = numberOf(query, 'radius') ?? 50;
  const here = lat === undefined || lon === undefined ? undefined : { lat, lon };

  const listings = await callService('listings', {
    method: 'GET',
    path: '/listings?limit=100',
    headers: { 'x-request-id': id },
  });
  if (listings.status !== 200)
    throw new HttpError(502, 'unavailable', `listings answered ${listings.status}`);
  const results = (listings.body.listings as Listing[])
    .filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)))
    .map((listing) => ({ ...listing, ...(here ? { distance: distance(here, listing.location) } : {}) }))
    .filter((result) => result.distance === undefined || result.distance <= radius)
    .sort((left, right) => (left.distance ?? 0) - (right.distance ?? 0));
  return { status: 200, body: { results: results.slice(0, 20), total: results.length } };
}

startService({ name: 'search', port: 3004, routes: [{ method: 'GET', path: '/search', handle: search }] });
