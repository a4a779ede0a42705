import { z } from 'zod';

/** By service, what `build-push` hands on, or a plain image. Members that are not known here belong to others. */
export const wantedImages = z.record(
  z.string(),
  z.union([
    z.string(),
    z.looseObject({
      image: z.string(),
      environment: z.record(z.string(), z.string()).optional(),
      secrets: z.record(z.string(), z.string()).optional(),
    }),
  ]),
);
