import { FaultsError } from '../../common/fault.ts';
import type { Service } from '../service.ts';

export function platformFault({ name, platforms }: Service, engine: string): FaultsError {
  return new FaultsError([
    {
      subject: `service ${name}`,
      message: `engine ${engine} makes images of one platform, not of ${platforms.join(' and ')}`,
      remedy: 'Use buildx, buildah, podman or oci',
    },
  ]);
}
