import type { Manifest } from '../../manifest/index.ts';
import type { EnvironmentConfig } from '../config/schema.ts';

/** placeholder replaced below */
export function fixedMonthlyCost(_manifest: Manifest, _config: EnvironmentConfig): number {
  return 0;
}
