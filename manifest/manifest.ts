import { z } from 'zod';

/** Fargate's CPU units and the memory (MiB) that each may have. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
export const FARGATE_SIZES: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: [1024, 2048, 3072, 4096],
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16384, 1024),
  4096: range(8192, 30720, 1024),
  8192: range(16384, 61440, 4096),
  16384: range(32768, 122880, 8192),
};

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,29}$/,
    'must be 1 to 30 lower-case letters, digits and hyphens, beginning with a letter',
  );
const port = z.int().min(1).max(65535);

const build = z
  .strictObject({
    context: z.string().min(1).describe('Folder that is the build context, from the manifest’s folder.'),
    dockerfile: z.string().min(1).optional().describe('Dockerfile, from the context. Default: Dockerfile.'),
    target: z.string().min(1).optional().describe('Stage of the Dockerfile to build. Default: the last.'),
    args: z.record(z.string(), z.string()).optional().describe('Build arguments. Never secrets.'),
  })
  .describe('How the service’s image is built.');

const service = z
  .strictObject({
    build,
    port: port.describe('Port on which the container listens.'),
    listener: z
      .strictObject({ production: port, test: port })
      .describe('Ports of the load balancer: production traffic and green’s test traffic.'),
    cpu: z.int().default(256).describe('Fargate CPU units of a task.'),
    memory: z.int().default(512).describe('Memory of a task, in MiB.'),
    capacity: z
      .enum(['on-demand', 'spot'])
      .default('spot')
      .describe('Capacity provider: FARGATE or FARGATE_SPOT.'),
    tasks: z
      .strictObject({ min: z.int().min(0).default(1), max: z.int().min(1).default(2) })
      .default({ min: 1, max: 2 })
      .describe('Bounds of auto scaling.'),
    health: z.string().startsWith('/').default('/health').describe('Path of the health check.'),
    public: z.boolean().default(false).describe('Reached from the internet, through CloudFront.'),
    dependsOn: z
      .array(name)
      .default([])
      .describe('Services whose production traffic must be shifted before this one’s.'),
  })
  .describe('One service: an image, a task definition, an ECS service, a deployment group.');

const environment = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1')
      .default('us-east-1'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be the 12 digits of an AWS account')
      .optional(),
    url: z.url().optional().describe('Where users reach this environment.'),
    cluster: z.string().min(1).optional().describe('ECS cluster. Default: PRODUCT-ENVIRONMENT.'),
    application: z
      .string()
      .min(1)
      .optional()
      .describe('CodeDeploy application. Default: PRODUCT-ENVIRONMENT.'),
    approvers: z.array(z.string().min(1)).default([]).describe('GitHub logins who may approve a release.'),
  })
  .describe('One environment that releases go to.');

/** Schema of `pika.yml`. Cross-checks between its parts are in `validate.ts`. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  product: name.describe('Prefix of every AWS name.'),
  budget: z
    .strictObject({
      monthly: z.number().positive().describe('USD a month for all environments together.'),
    })
    .describe('What the whole product may cost.'),
  platform: z
    .enum(['linux/arm64', 'linux/amd64'])
    .default('linux/arm64')
    .describe('Platform of every image.'),
  environments: z.record(name, environment),
  services: z.record(name, service),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ServiceManifest = Manifest['services'][string];
