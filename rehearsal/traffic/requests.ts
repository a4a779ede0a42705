/** What users do, over and over: look, search, look around. No two requests are the same: no cache answers them. */
export function nextRequest(): () => string {
  const paths = [
    '/api/v1/listings?limit=5',
    '/api/v1/search?q=bike',
    '/api/v1/search?q=&lat=52.5&lon=13.4',
    '/api/v1/listings',
  ];
  let index = 0;
  return () => {
    const path = paths[index++ % paths.length] ?? '/';
    return `${path}${path.includes('?') ? '&' : '?'}request=${index}`;
  };
}
