/** By which a release knows its own deployments again: it is their description. */
export interface Marker {
  /** Id of the release, which begins with GITHUB_RUN_ID. */
  release: string;
  plan: string;
  /** `sha256:0123456789ab` */
  image: string;
  /**
   * What of the service's auto scaling was suspended before the release suspended all of it: `running`, when nothing
   * was, or `in+out+scheduled`, any of the three. Absent where a service does not scale.
   */
  scaling?: string;
}

export function formatMarker({ release, plan, image, scaling }: Marker): string {
  return `pika release=${release} plan=${plan} image=${image}${scaling ? ` scaling=${scaling}` : ''}`;
}

/** Undefined for a deployment that another tool or person created. */
export function parseMarker(description: string): Marker | undefined {
  const found =
    /^pika release=(?<release>\S+) plan=(?<plan>\S+) image=(?<image>\S+)(?: scaling=(?<scaling>\S+))?$/.exec(
      description,
    )?.groups;
  const { release, plan, image, scaling } = found ?? {};
  return release && plan && image ? { release, plan, image, ...(scaling && { scaling }) } : undefined;
}

/** Who a deployment says it is of, when it brings back what ran before a release. */
export function rollbackOf(release: string): string {
  return `${release}-rollback`;
}
