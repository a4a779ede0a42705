import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { awsError } from '../kernel/error.ts';

export const refuse = (message: string) =>
  awsError('InvalidParameterValueException', message, { members: { Type: 'User' } });

/** Unpacks a function's code into a folder of its own and answers its path. */
export async function unpack(zip: Uint8Array): Promise<string> {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(zip);
  } catch (error) {
    throw refuse(
      `Could not unzip uploaded file. Please check your file, then try to upload again. (${String(error)})`,
    );
  }
  const root = await mkdtemp(join(tmpdir(), 'lambda-'));
  for (const [name, content] of Object.entries(files)) {
    const path = resolve(root, name);
    if (!path.startsWith(root + sep))
      throw refuse(`The zip's entry ${name} leads out of the function's folder`);
    if (name.endsWith('/')) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return root;
}
