import type { Fault } from '../common/fault.ts';

/** `REPOSITORY@sha256:DIGEST`, and the repository in ECR when it is one. */
export interface ImageReference {
  text: string;
  repository: string;
  digest: string;
  /** Set when the image is in Amazon ECR. */
  ecr?: { registryId: string; region: string; repositoryName: string };
}

const DIGEST = /^(?<repository>[^@\s]+)@(?<digest>sha256:[0-9a-f]{64})$/;
const ECR =
  /^(?<registryId>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/(?<name>.+?)(?::[^/]+)?$/;

/** Undefined when the text has no digest. */
export function parseImage(text: string): ImageReference | undefined {
  const { repository, digest } = DIGEST.exec(text)?.groups ?? {};
  if (!repository || !digest) return undefined;
  const { registryId, region, name } = ECR.exec(repository)?.groups ?? {};
  return {
    text,
    repository,
    digest,
    ...(registryId && region && name && { ecr: { registryId, region, repositoryName: name } }),
  };
}

/** What a person sees of an image: `sha256:0123456789ab`, or its tag. */
export function shortImage(text: string): string {
  const digest = /sha256:[0-9a-f]{12}/.exec(text)?.[0];
  return digest ?? text.split('/').at(-1) ?? text;
}

export function imageFault(subject: string, image: string): Fault {
  return {
    subject,
    message: `${JSON.stringify(image)} has no digest`,
    remedy: 'It must be REPOSITORY@sha256:DIGEST, so that what was tested is what runs',
  };
}
