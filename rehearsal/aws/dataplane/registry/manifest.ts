import { z } from 'zod';

export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string(),
  size: z.number(),
});

const imageManifest = z.object({
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  subject: descriptor.optional(),
});

const platform = z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() });

const imageIndex = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(descriptor.extend({ platform: platform.optional() })),
});

type Descriptor = z.infer<typeof descriptor>;

/** What a manifest says, whichever of the two families of media types it is written in. */
export type Manifest =
  | { kind: 'image'; mediaType: string; config: Descriptor; layers: Descriptor[]; subject?: string }
  | { kind: 'index'; mediaType: string; manifests: z.infer<typeof imageIndex>['manifests'] };

/**
 * Reads an OCI or Docker manifest, of one image or of several platforms.
 * @throws Error saying what is wrong with it.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const index = imageIndex.safeParse(document);
  if (index.success) {
    const mediaType = index.data.mediaType ?? contentType ?? mediaTypes.ociIndex;
    return { kind: 'index', mediaType, manifests: index.data.manifests };
  }
  const image = imageManifest.safeParse(document);
  if (!image.success) throw new Error(`not an image manifest: ${z.prettifyError(image.error)}`);
  const { config, layers, subject } = image.data;
  const mediaType = image.data.mediaType ?? contentType ?? mediaTypes.ociManifest;
  return { kind: 'image', mediaType, config, layers, ...(subject ? { subject: subject.digest } : {}) };
}
