/** An image as a Dockerfile names it. */
export interface Reference {
  host: string;
  name: string;
  /** Tag or digest. */
  version: string;
  isPinned: boolean;
}

/** Docker's rules: without a host it is Docker Hub's, without a folder one of its official images. */
export function parseReference(text: string): Reference {
  const [, rest = text, digest] = /^(.+?)@(sha256:[0-9a-f]{64})$/.exec(text) ?? [];
  const [, path = rest, tag] = /^(.+?):([\w][\w.-]*)$/.exec(rest) ?? [];
  const [first = '', ...more] = path.split('/');
  const isHost = more.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const name = isHost ? more.join('/') : path;
  return {
    host: isHost ? first : 'registry-1.docker.io',
    name: isHost || name.includes('/') ? name : `library/${name}`,
    version: digest ?? tag ?? 'latest',
    isPinned: digest !== undefined,
  };
}
