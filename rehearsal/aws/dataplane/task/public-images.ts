import type { PulledImage, TaskRuntime } from './runtime.ts';

/** `public.ecr.aws/docker/library/postgres:14-alpine` → the repository and tag in the embedded registry in its place. */
export type PublicImages = Readonly<Record<string, string>>;

/**
 * A runtime for which some images of other registries are images of the embedded one, since nothing is pulled from
 * the internet. What a task shows is the image that its task definition names.
 */
export function withPublicImages<Image extends PulledImage>(
  runtime: TaskRuntime<Image>,
  publicImages: PublicImages,
): TaskRuntime<Image> {
  return {
    ...runtime,
    pull: async (source) => {
      const stand = Object.hasOwn(publicImages, source.reference)
        ? publicImages[source.reference]
        : undefined;
      if (stand === undefined) return runtime.pull(source);
      const image = await runtime.pull({ ...source, reference: `${source.registry}/${stand}` });
      return { ...image, reference: source.reference };
    },
  };
}
