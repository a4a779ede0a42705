import { type Blob, type Descriptor, descriptorOf, jsonBlob, MEDIA_TYPES } from './blob.ts';
import type { Layer } from './layer.ts';
import type { BuiltStage } from './stage.ts';

/** An image of one platform: its own layers in memory, those of its base where that is. */
export interface Image {
  platform: string;
  config: Blob;
  layers: readonly Layer[];
  manifest: Blob;
}

export interface ImageOptions {
  platform: string;
  createdAt: Date;
  labels: Readonly<Record<string, string>>;
}

/** https://github.com/opencontainers/image-spec */
export function assembleImage(stage: BuiltStage, layers: readonly Layer[], options: ImageOptions): Image {
  const config = jsonBlob(MEDIA_TYPES.config, configOf(stage, layers, options));
  const manifest = jsonBlob(MEDIA_TYPES.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(config),
    layers: [
      ...(stage.base?.layers ?? []).map(descriptorOf),
      ...layers.map(({ blob }) => descriptorOf(blob)),
    ],
    annotations: options.labels,
  });
  return { platform: options.platform, config, layers, manifest };
}

export function indexOf(images: readonly Image[], annotations: Readonly<Record<string, string>>): Blob {
  return jsonBlob(MEDIA_TYPES.index, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: images.map(({ manifest, platform }): Descriptor & { platform: object } => {
      const [os, architecture] = platform.split('/');
      return { ...descriptorOf(manifest), platform: { architecture, os } };
    }),
    annotations,
  });
}

function configOf(
  stage: BuiltStage,
  layers: readonly Layer[],
  { platform, createdAt, labels }: ImageOptions,
) {
  const { settings, base, history } = stage;
  const [os, architecture] = platform.split('/');
  const created = createdAt.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    created,
    architecture,
    os,
    config: {
      ...base?.config.config,
      ...(settings.user && { User: settings.user }),
      ...(settings.ports.size > 0 && {
        ExposedPorts: Object.fromEntries([...settings.ports].sort().map((port) => [port, {}])),
      }),
      Env: [...settings.env].map(([name, value]) => `${name}=${value}`),
      Entrypoint: settings.entrypoint,
      Cmd: settings.cmd,
      WorkingDir: settings.workingDirectory,
      Labels: { ...Object.fromEntries(settings.labels), ...labels },
      ...(settings.stopSignal && { StopSignal: settings.stopSignal }),
    },
    rootfs: {
      type: 'layers',
      diff_ids: [...(base?.config.rootfs.diff_ids ?? []), ...layers.map(({ diffId }) => diffId)],
    },
    history: [
      ...(base?.config.history ?? []),
      ...history.map(({ createdBy, isEmpty }) => ({
        created,
        created_by: createdBy,
        ...(isEmpty && { empty_layer: true }),
      })),
    ],
  };
}
