import { join } from 'node:path';
import type { Manifest } from '../../manifest/index.ts';
import { serviceNames } from '../../manifest/index.ts';
import { packImage } from '../images/image.ts';
import { pushImage } from '../images/push.ts';
import { type Clients, present } from './clients.ts';

/** A version to build: its number, and what is wrong with which service. */
export interface Version {
  number: string;
  faults?: Readonly<Record<string, string>>;
}

/** Builds and pushes every service's image. @returns service → repository@digest */
export async function pushVersion(
  clients: Clients,
  manifest: Manifest,
  environment: string,
  sources: string,
  version: Version,
): Promise<Record<string, string>> {
  const { authorizationData } = await clients.ecr.getAuthorizationToken({});
  const token = present(authorizationData?.[0]?.authorizationToken, 'authorizationToken');
  const pushed = await Promise.all(
    Object.entries(manifest.services).map(async ([service]) => {
      const { repository } = serviceNames(manifest, environment, service);
      const described = await clients.ecr.describeRepositories({ repositoryNames: [repository] });
      const uri = present(described.repositories?.[0]?.repositoryUri, 'repositoryUri');
      const image = await packImage({
        folders: { [join(sources, 'common')]: '/app/common', [join(sources, service)]: `/app/${service}` },
        workingDirectory: '/app',
        command: ['node', `${service}/server.ts`],
        environment: {
          NODE_ENV: 'production',
          PIKA_VERSION: version.number,
          PIKA_FAULT: version.faults?.[service] ?? 'none',
        },
        architecture: manifest.platform === 'linux/arm64' ? 'arm64' : 'amd64',
      });
      const digest = await pushImage(image, {
        registry: `http://${uri.slice(0, uri.indexOf('/'))}`,
        repository: uri.slice(uri.indexOf('/') + 1),
        tag: `v${version.number}`,
        authorization: `Basic ${token}`,
      });
      return [service, `${uri}@${digest}`];
    }),
  );
  return Object.fromEntries(pushed) as Record<string, string>;
}

export async function createRepositories(
  clients: Clients,
  manifest: Manifest,
  environment: string,
): Promise<void> {
  await Promise.all(
    Object.keys(manifest.services).map((service) =>
      clients.ecr.createRepository({
        repositoryName: serviceNames(manifest, environment, service).repository,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
      }),
    ),
  );
}
