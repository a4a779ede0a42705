import type { Fault } from '../common/fault.ts';
import type { Service } from './service.ts';

const NAMES =
  /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PRIVATE_KEY|API_?KEY|ACCESS_KEY)(_|$)/i;
const VALUES =
  /^(AKIA|ASIA)[A-Z0-9]{16}$|^gh[pousr]_\w{20,}|^github_pat_|^-----BEGIN|^eyJ[\w-]+\.[\w-]+\.|^xox[abp]-/;

/** Build arguments end up in the image's history, where anyone who can pull can read them. */
export function argFaults({ name, args }: Service): Fault[] {
  return Object.entries(args)
    .filter(([arg, value]) => value !== '' && (NAMES.test(arg) || VALUES.test(value)))
    .map(([arg]) => ({
      subject: `service ${name}`,
      message: `its build argument ${arg} looks like a secret; build arguments can be read in the image's history`,
      remedy: `Give it by the input secrets, and use it by RUN --mount=type=secret,id=${arg}`,
    }));
}
