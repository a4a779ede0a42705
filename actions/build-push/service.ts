/** One image to have: where its sources are, and which repository of ECR it goes to. */
export interface Service {
  name: string;
  /** Name of the ECR repository. */
  repository: string;
  /** Absolute path of the folder that is the build context. */
  context: string;
  /** Absolute path. */
  dockerfile: string;
  /** Stage of the Dockerfile; undefined is the last. */
  target?: string;
  args: Readonly<Record<string, string>>;
  platforms: readonly string[];
}
