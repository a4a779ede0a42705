import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const dockerConfig = z.looseObject({ auths: z.record(z.string(), z.unknown()).optional() });

/**
 * A Docker configuration of this run's own: what the user's says, and the registry's password, which thus never
 * gets into the user's. Plugins, contexts and builders are found where they were.
 * @param authorization `Basic …`
 */
export function writeCredentials(folder: string, host: string, authorization: string): void {
  const home = process.env.DOCKER_CONFIG || join(homedir(), '.docker');
  const file = join(home, 'config.json');
  const own = existsSync(file) ? dockerConfig.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  // A credential helper would be asked in place of what is written here.
  const { credsStore: _store, credHelpers: _helpers, ...kept } = own as Record<string, unknown>;
  const auths = { ...own.auths, [host]: { auth: authorization.replace(/^Basic /, '') } };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...kept, auths }), { mode: 0o600 });
  for (const name of ['cli-plugins', 'contexts', 'buildx']) {
    if (existsSync(join(home, name)) && !existsSync(join(folder, name)))
      symlinkSync(join(home, name), join(folder, name));
  }
}
