import { bucketOrigin, type Origin, type StoredAnswer } from '../dataplane/edge/origin.ts';
import { AwsError } from '../kernel/error.ts';
import { cloudFront, invalid, type State } from './state.ts';

/** `BUCKET.s3.REGION.amazonaws.com`, also without the region. */
const DOMAIN = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$/;

/** A bucket as an origin: its objects are read by `s3:GetObject`, in CloudFront's name. */
export function objectOrigin(state: State, domainName: string, path: string): Origin {
  const [, bucket] = DOMAIN.exec(domainName) ?? [];
  if (bucket === undefined)
    throw invalid(`The origin ${domainName} is no bucket's, and has no custom origin.`);
  return bucketOrigin(domainName, path, (key) => read(state, bucket, key));
}

async function read({ aws, ...state }: State, bucket: string, key: string): Promise<StoredAnswer> {
  try {
    const object = await aws.invoke(
      's3',
      'GetObject',
      { Bucket: bucket, Key: key },
      cloudFront({ aws, ...state }),
    );
    const body: unknown = object.Body;
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0);
    const metadata = Object.entries(object.Metadata ?? {}).flatMap(([name, value]) => [
      `x-amz-meta-${name}`,
      value,
    ]);
    const headers = [
      ...['Server', 'AmazonS3', 'Accept-Ranges', 'bytes'],
      ...['Content-Type', object.ContentType ?? 'binary/octet-stream'],
      ...['Content-Length', String(bytes.byteLength)],
      ...['ETag', object.ETag ?? '', 'Last-Modified', (object.LastModified ?? new Date(0)).toUTCString()],
      ...(object.CacheControl === undefined ? [] : ['Cache-Control', object.CacheControl]),
      ...(object.ContentEncoding === undefined ? [] : ['Content-Encoding', object.ContentEncoding]),
      ...metadata,
    ];
    return { statusCode: 200, headers, body: bytes };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return refusal(error);
  }
}

/** Who may not list a bucket is not told that an object is missing: CloudFront may only get objects. */
function refusal({ code }: AwsError): StoredAnswer {
  const [statusCode, shown, message] =
    code === 'NoSuchBucket'
      ? [404, code, 'The specified bucket does not exist']
      : [403, 'AccessDenied', 'Access Denied'];
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${shown}</Code><Message>${message}</Message></Error>`,
  );
  const length = ['Content-Length', String(body.byteLength)];
  return { statusCode, headers: ['Server', 'AmazonS3', 'Content-Type', 'application/xml', ...length], body };
}
