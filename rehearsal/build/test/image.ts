import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runBuildPush } from '../action.ts';

interface ImageSource {
  /** Name of the repository, which is created where it is not there. */
  repository: string;
  dockerfile: string;
  /** Files of the context by their paths. */
  files?: Readonly<Record<string, string | Uint8Array>>;
  platform?: 'linux/amd64' | 'linux/arm64';
}

/** Builds and pushes one image. @param credentials AWS variables @returns repository@digest */
export async function buildImage(
  credentials: Readonly<Record<string, string>>,
  { repository, dockerfile, files = {}, platform = 'linux/arm64' }: ImageSource,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pika-image-'));
  const workspace = join(folder, 'workspace');
  try {
    for (const [name, content] of Object.entries({ Dockerfile: dockerfile, ...files })) {
      mkdirSync(dirname(join(workspace, name)), { recursive: true });
      writeFileSync(join(workspace, name), content, { mode: 0o755 });
    }
    const { images } = await runBuildPush({
      inputs: { repository, service: 'image', platforms: platform, 'create-repositories': 'true' },
      credentials,
      workspace,
      commit: repository,
      temporary: join(folder, 'runner'),
    });
    return images.image ?? '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
