/** Docker's way to name an image: `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`. */
export interface ImageReference {
  /** `docker.io` where none is named. */
  host: string;
  repository: string;
  /** A digest, else a tag, else `latest`. */
  version: string;
}

export function parseImageReference(text: string): ImageReference {
  const [named = '', digest] = text.split('@');
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const rest = hasHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? 'latest' : rest.slice(colon + 1);
  return { host: hasHost ? first : 'docker.io', repository, version: digest ?? tag };
}

/** Whether a host is ECR: the embedded registry itself, or any account's registry as AWS names it. */
export function isEcr(host: string, registry: string): boolean {
  return host === registry || /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(host);
}
