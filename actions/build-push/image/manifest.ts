import { z } from 'zod';

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
const manifest = z.object({
  config: descriptor,
  layers: z.array(descriptor),
});
const index = z.object({
  manifests: z.array(
    descriptor.extend({
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** An image of one platform, or an index of several; OCI's and Docker's media types say the same. */
export type Manifest =
  | ({ kind: 'image' } & z.infer<typeof manifest>)
  | ({ kind: 'index' } & z.infer<typeof index>);

/** @throws Error when the text is neither. */
export function parseManifest(text: string): Manifest {
  const document: unknown = JSON.parse(text);
  const asIndex = index.safeParse(document);
  if (asIndex.success) return { kind: 'index', ...asIndex.data };
  const asImage = manifest.safeParse(document);
  if (!asImage.success) throw new Error('it is neither an image manifest nor an index');
  return { kind: 'image', ...asImage.data };
}
