/** Where each service of a side (green, production, blue) is asked. */
export interface Endpoints {
  of(service: string): URL | undefined;
  /** Whether that is the service's own address, and not the one where users reach it. */
  isOwn(service: string): boolean;
  /** The service whose answers come from there. */
  answeredBy(service: string): string;
  /** Whether a URL is one of these endpoints; `headers` go there and nowhere else. */
  owns(url: URL): boolean;
  services: readonly string[];
  headers: Readonly<Record<string, string>>;
}

/** @param publicService the one whose URL is where users reach it. */
export function endpointsOf(
  urls: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  publicService?: string,
): Endpoints {
  const parsed = new Map(Object.entries(urls).map(([service, url]) => [service, new URL(url)]));
  const origins = new Set([...parsed.values()].map(({ origin }) => origin));
  return {
    of: (service) => parsed.get(service),
    isOwn: (service) => parsed.has(service) && service !== publicService,
    answeredBy: (service) => service,
    owns: ({ origin }) => origins.has(origin),
    services: [...parsed.keys()],
    headers,
  };
}

/** The same with a service that is reached behind another one. */
export function throughOther(
  endpoints: Endpoints,
  service: string,
  { service: other, prefix }: { service: string; prefix: string },
): Endpoints {
  const base = endpoints.of(other);
  if (!base) return endpoints;
  const url = new URL(`${base.href.replace(/\/$/, '')}${prefix}`);
  return {
    ...endpoints,
    of: (name) => (name === service ? url : endpoints.of(name)),
    answeredBy: (name) => (name === service ? other : name),
  };
}
