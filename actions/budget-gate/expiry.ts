import { everyAssumption, type Usage } from './usage.ts';

/** An expired assumption warns for this many days, then fails. */
const GRACE_DAYS = 30;

export interface Expired {
  /** Place in the usage file: `environments.staging.sleep.awake-hours`. */
  path: string;
  expires: string;
  severity: 'warn' | 'fail';
}

export function expiredAssumptions(usage: Usage, now: Date): Expired[] {
  return everyAssumption(usage).flatMap(({ path, assumption }): Expired[] => {
    const days = (now.getTime() - Date.parse(`${assumption.expires}T00:00:00Z`)) / 86_400_000;
    if (days < 0) return [];
    return [
      { path: path.join('.'), expires: assumption.expires, severity: days > GRACE_DAYS ? 'fail' : 'warn' },
    ];
  });
}
