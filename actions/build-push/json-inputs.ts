import { z } from 'zod';

/** A value for every service, or values by name for the service of that name. */
export const buildArgs = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]));

/** Base image as a Dockerfile names it → `scratch` or the image to take in its place. */
export const baseImages = z.record(z.string(), z.string().min(1));
