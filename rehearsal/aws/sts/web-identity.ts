import { awsError } from '../kernel/error.ts';

export interface Claims {
  issuer: string;
  subject: string;
  audience: string;
  /** The condition keys that a session keeps of its token. */
  context: Record<string, string>;
  /** Every claim that is a text, by its name. */
  all: Record<string, string>;
}

/** The claims of an OpenID token, such as GitHub's. Its signature is not checked: there is nobody to ask. */
export function claimsOf(token: string, now: Date): Claims {
  const payload = parsePayload(token);
  const text = (name: string) => (typeof payload[name] === 'string' ? payload[name] : '');
  const [issuer, subject] = [text('iss').replace(/^https:\/\//, ''), text('sub')];
  const audience = Array.isArray(payload.aud) ? String(payload.aud[0]) : text('aud');
  if (!issuer || !subject || !audience) {
    throw awsError(
      'InvalidIdentityToken',
      'The ID Token provided is not a valid JWT. (iss, sub, aud expected)',
    );
  }
  if (typeof payload.exp === 'number' && payload.exp * 1000 < Math.min(now.getTime(), Date.now())) {
    throw awsError(
      'ExpiredTokenException',
      `Token expired: current date/time must be before the expiration date/time`,
    );
  }
  return {
    issuer,
    subject,
    audience,
    context: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: audience },
    all: Object.fromEntries(
      Object.entries(payload).filter((claim): claim is [string, string] => typeof claim[1] === 'string'),
    ),
  };
}

function parsePayload(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload === 'object' && payload !== null) return { ...payload };
  } catch {
    // Not JSON: answered below, as AWS does.
  }
  throw awsError(
    'InvalidIdentityToken',
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );
}
