import type { ImageReference } from './image.ts';

/** One service that a release is to bring to an image, as the inputs name it. */
export interface Target {
  /** Name in the manifest, or of the ECS service. */
  name: string;
  cluster: string;
  service: string;
  /** Default: the container behind the load balancer. */
  container?: string | undefined;
  application: string;
  deploymentGroup: string;
  image: ImageReference;
  environment?: Readonly<Record<string, string>> | undefined;
  secrets?: Readonly<Record<string, string>> | undefined;
  /** Services of the same release whose production traffic is shifted before. */
  dependsOn: readonly string[];
}
