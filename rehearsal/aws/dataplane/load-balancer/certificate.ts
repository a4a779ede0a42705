import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A private key and its certificate, PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

/**
 * Makes a self-signed certificate for an IP address, valid for a year. The embedded AWS has no
 * certificate authority: whatever certificate a listener names, clients get one of these and are
 * told not to verify it (`curl --insecure`), or to trust it.
 */
export function selfSignedCertificate(address: string, now = new Date()): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(set(sequence(COMMON_NAME, utf8String(address))));
  const end = new Date(now.getTime() + 365 * 86_400_000);
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sequence(ECDSA_WITH_SHA256),
    name,
    sequence(utcTime(now), utcTime(end)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(sequence(SUBJECT_ALT_NAME, octetString(sequence(ipAddress(address)))))),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, sequence(ECDSA_WITH_SHA256), bitString(signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
}

/** Just enough of DER (X.690) for a certificate (RFC 5280). */
function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const integer = (value: Buffer) => tagged(0x02, value);
const bitString = (bits: Buffer) => tagged(0x03, Buffer.from([0]), bits);
const octetString = (bytes: Buffer) => tagged(0x04, bytes);
const utf8String = (text: string) => tagged(0x0c, Buffer.from(text));
const sequence = (...items: Buffer[]) => tagged(0x30, ...items);
const set = (...items: Buffer[]) => tagged(0x31, ...items);
const explicit = (number: number, item: Buffer) => tagged(0xa0 + number, item);
const ipAddress = (address: string) => tagged(0x87, Buffer.from(address.split('.').map(Number)));
/** YYMMDDHHMMSSZ */
const utcTime = (time: Date) =>
  tagged(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
