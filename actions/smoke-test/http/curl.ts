import type { HttpRequest } from './exchange.ts';

const OURS = ['content-length', 'user-agent', 'accept'];

/** The request as a line to paste into a shell. */
export function curlLine({ method, url, headers, body }: HttpRequest): string {
  const parts = ['curl', '-i', ...(method === 'GET' ? [] : method === 'HEAD' ? ['--head'] : ['-X', method])];
  for (const [name, value] of Object.entries(headers)) {
    if (!OURS.includes(name)) parts.push('-H', quote(`${name}: ${value}`));
  }
  if (body !== undefined) parts.push('--data-raw', quote(body));
  return [...parts, quote(url.href)].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
