// Viewer request of the test distribution, CloudFront Functions runtime 2.0.
// `x-pika-test-token` must hash to a key of the store whose value, in seconds, is still to come.
import cf from 'cloudfront';
// biome-ignore lint/style/useNodejsImportProtocol: CloudFront knows it by this name only.
import crypto from 'crypto';

const tokens = cf.kvs();

function refuse(status, description) {
  return {
    statusCode: status,
    statusDescription: description,
    headers: { 'cache-control': { value: 'no-store' } },
  };
}

async function isValid(token) {
  const hash = crypto.createHash('sha256').update(token).digest('hex');
  try {
    return Number(await tokens.get(hash)) > Date.now() / 1000;
  } catch (_unknownToken) {
    return false;
  }
}

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
async function handler(event) {
  const request = event.request;
  const header = request.headers['x-pika-test-token'];
  if (!header || !(await isValid(header.value))) return refuse(403, 'Forbidden');
  const path = /^\/[a-z0-9-]+(\/.*)$/.exec(request.uri);
  if (!path) return refuse(404, 'Not Found');
  request.uri = path[1];
  delete request.headers['x-pika-test-token'];
  return request;
}
