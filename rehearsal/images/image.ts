import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface Blob {
  mediaType: string;
  digest: string;
  bytes: Buffer;
}

/** An OCI image in memory (https://github.com/opencontainers/image-spec). */
export interface Image {
  config: Blob;
  layers: readonly Blob[];
  manifest: Blob;
}

export interface ImageContents {
  /** Folders on this machine → where they are in the image. */
  folders: Readonly<Record<string, string>>;
  workingDirectory: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  architecture: 'arm64' | 'amd64';
}

/** The same contents give the same digest, whenever and wherever they are packed. */
export async function packImage(contents: ImageContents): Promise<Image> {
  const tar = await tarOf(contents.folders);
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 6 }));
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      architecture: contents.architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: {
        Env: Object.entries(contents.environment).map(([name, value]) => `${name}=${value}`),
        Cmd: contents.command,
        WorkingDir: contents.workingDirectory,
      },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const manifest = blob(
    'application/vnd.oci.image.manifest.v1+json',
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor(config),
      layers: [descriptor(layer)],
    }),
  );
  return { config, layers: [layer], manifest };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function blob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: digestOf(bytes), bytes };
}

function descriptor({ mediaType, digest, bytes }: Blob) {
  return { mediaType, digest, size: bytes.length };
}

async function tarOf(folders: ImageContents['folders']): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = (async () => {
    for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  })();
  for (const [folder, target] of Object.entries(folders)) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) {
      const name = join(target, relative(folder, file)).replace(/^\//, '');
      const mode = statSync(file).mode & 0o100 ? 0o755 : 0o644;
      archive.entry({ name, mode, mtime: new Date(0) }, readFileSync(file));
    }
  }
  archive.finalize();
  await collected;
  return Buffer.concat(chunks);
}
