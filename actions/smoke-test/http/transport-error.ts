export type TransportFailure =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'runner'
  | 'cancelled'
  | 'other';

/** There was no answer. `runner` and a passing `dns` failure lie on this side of the network. */
export class TransportError extends Error {
  readonly kind: TransportFailure;

  constructor(kind: TransportFailure, message: string) {
    super(message);
    this.name = 'TransportError';
    this.kind = kind;
  }
}

const KINDS: Readonly<Record<string, TransportFailure>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  ENETUNREACH: 'runner',
  EHOSTUNREACH: 'runner',
  EADDRNOTAVAIL: 'runner',
  EMFILE: 'runner',
  ABORT_ERR: 'cancelled',
};

export function transportError(error: Error): TransportError {
  if (error instanceof TransportError) return error;
  const code = 'code' in error ? String(error.code) : '';
  // Happy Eyeballs gathers the errors of all addresses; the first says enough.
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return transportError(error.errors[0]);
  const tls = /CERT|SSL|TLS|SELF_SIGNED|ALTNAME/.test(code);
  return new TransportError(KINDS[code] ?? (tls ? 'tls' : 'other'), `${error.message || code}`);
}

/** Failures of the machine that tests, which say nothing of what is tested. */
export function isOnThisSide(kind: TransportFailure): boolean {
  return kind === 'runner' || kind === 'dns' || kind === 'cancelled';
}
