import { z } from 'zod';

/**
 * The `release` document: what `prepare` did, for the phases after it. JSON, versioned; later versions only
 * add members. Documented in docs/release-document.md.
 */
const arn = z.string().startsWith('arn:');

const releasedService = z.object({
  name: z.string().min(1).describe('Name of the service in the manifest, or of the ECS service.'),
  cluster: z.string().min(1),
  service: z.string().min(1).describe('ECS service.'),
  container: z.string().min(1).describe('The container that takes traffic.'),
  application: z.string().min(1).describe('CodeDeploy application.'),
  deploymentGroup: z.string().min(1),
  image: z.string().min(1).describe('What is released: REPOSITORY@sha256:DIGEST.'),
  previousImage: z.string().describe('What ran before.'),
  dependsOn: z.array(z.string()).describe('Services that are shifted before this one.'),
  previousTaskDefinition: arn.describe('What a rollback goes back to.'),
  taskDefinition: arn,
  port: z.int(),
  deployment: z
    .string()
    .optional()
    .describe('CodeDeploy deployment; absent while none was created or when nothing changed.'),
  testEndpoint: z.url().optional().describe('Where green answers before users reach it.'),
  productionEndpoint: z.url().optional().describe('Where users are served: by blue until the shift.'),
});

const suspension = z.object({
  resourceId: z.string(),
  scalableDimension: z.string(),
  before: z.object({
    in: z.boolean(),
    out: z.boolean(),
    scheduled: z.boolean(),
  }),
});

const releaseSchema = z.object({
  version: z.literal(1),
  id: z.string().min(1).describe('GITHUB_RUN_ID, or a time outside of GitHub.'),
  plan: z.string().min(1).describe('Hash of the plan.'),
  state: z.enum(['preparing', 'prepared', 'committing', 'committed', 'finishing', 'finished', 'rolled-back']),
  environment: z.string().optional(),
  url: z.string().optional(),
  createdAt: z.iso.datetime(),
  services: z.array(releasedService),
  unchanged: z.array(z.string()).describe('Services that already run what was asked for.'),
  autoScaling: z.array(suspension).describe('What to resume, as it was.'),
  githubDeployment: z.int().optional(),
});

export type Release = z.infer<typeof releaseSchema>;
export type ReleasedService = z.infer<typeof releasedService>;
export type Suspension = z.infer<typeof suspension>;

/** @throws TypeError with every fault of the document. */
export function parseRelease(text: string): Release {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof document === 'object' && document !== null && 'version' in document && document.version !== 1) {
    throw new TypeError(`has version ${JSON.stringify(document.version)}; this action reads version 1`);
  }
  const parsed = releaseSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new TypeError(
    parsed.error.issues
      .map((issue) => `at ${issue.path.join('.') || 'the top'}: ${issue.message}`)
      .join('; '),
  );
}
