/** Where each service of a side (green, production, blue) is asked. */
export interface Endpoints {
  of(service: string): URL | undefined;
  /** Whether a URL is one of these endpoints; `headers` go there and nowhere else. */
  owns(url: URL): boolean;
  services: readonly string[];
  headers: Readonly<Record<string, string>>;
}

export function endpointsOf(
  urls: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Endpoints {
  const parsed = new Map(Object.entries(urls).map(([service, url]) => [service, new URL(url)]));
  const origins = new Set([...parsed.values()].map(({ origin }) => origin));
  return {
    of: (service) => parsed.get(service),
    owns: ({ origin }) => origins.has(origin),
    services: [...parsed.keys()],
    headers,
  };
}
