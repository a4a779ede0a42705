import {
  BatchGetImageCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
} from '@aws-sdk/client-ecr';
import { z } from 'zod';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import { mapLimited } from '../../common/poll.ts';
import type { ChangedStep } from '../plan.ts';
import type { Preflight, Unchecked } from '../preflight.ts';

const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const platform = z.object({ os: z.string(), architecture: z.string() });
const manifest = z.object({
  manifests: z.array(z.object({ platform: platform.optional() })).optional(),
  config: z.object({ digest: z.string() }).optional(),
});

type Platform = z.infer<typeof platform>;

/** The digest is in ECR, and the image is made for the platform that the task definition asks for. */
export async function checkImages(preflight: Preflight): Promise<(Fault | Unchecked)[]> {
  const findings = await mapLimited(preflight.steps, 8, (step) => checkImage(step, preflight));
  return findings.flat();
}

async function checkImage(
  step: ChangedStep,
  { deadline, signal }: Preflight,
): Promise<(Fault | Unchecked)[]> {
  const { image, name } = step.live.target;
  const client = new ECRClient({
    ...clientOptions(deadline),
    ...(image.ecr && { region: image.ecr.region }),
  });
  const repository = image.ecr ?? (await repositoryOf(client, image.repository, signal));
  if (!repository) {
    return [{ unchecked: `The image of ${name} was not checked: ${image.repository} is not in Amazon ECR.` }];
  }
  const subject = `image of service ${name}`;
  const text = await readManifest(client, repository, image.digest, signal);
  if (text === undefined) {
    return [
      {
        subject,
        message: `${image.digest} is not in ${image.repository}`,
        remedy: 'Push the image first, or check the digest',
      },
    ];
  }
  const offered = await platformsOf(text, (digest) => readConfig(client, repository, digest, signal));
  return platformFaults(step, subject, offered);
}

interface Repository {
  registryId?: string;
  repositoryName: string;
}

/** A registry that is not called as ECR's are may be one: then it has a repository of exactly this address. */
async function repositoryOf(
  client: ECRClient,
  address: string,
  signal?: AbortSignal,
): Promise<Repository | undefined> {
  const repositoryName = address.slice(address.indexOf('/') + 1);
  try {
    const { repositories } = await client.send(
      new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
      abortable(signal),
    );
    return repositories?.[0]?.repositoryUri === address ? { repositoryName } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Undefined when repository or digest are not there. */
async function readManifest(
  client: ECRClient,
  { registryId, repositoryName }: Repository,
  imageDigest: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { images } = await client.send(
      new BatchGetImageCommand({
        ...(registryId && { registryId }),
        repositoryName,
        imageIds: [{ imageDigest }],
        acceptedMediaTypes: MEDIA_TYPES,
      }),
      abortable(signal),
    );
    return images?.[0]?.imageManifest;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['RepositoryNotFoundException', 'InvalidParameterException'].includes(error.name)
  );
}

async function platformsOf(
  text: string,
  readConfigOf: (digest: string) => Promise<Platform>,
): Promise<Platform[]> {
  const { manifests, config } = manifest.parse(JSON.parse(text));
  if (manifests) return manifests.flatMap(({ platform }) => (platform ? [platform] : []));
  return config ? [await readConfigOf(config.digest)] : [];
}

async function readConfig(
  client: ECRClient,
  { registryId, repositoryName }: Repository,
  layerDigest: string,
  signal?: AbortSignal,
): Promise<Platform> {
  const { downloadUrl = '' } = await client.send(
    new GetDownloadUrlForLayerCommand({ ...(registryId && { registryId }), repositoryName, layerDigest }),
    abortable(signal),
  );
  const response = await fetch(downloadUrl, signal ? { signal } : {});
  if (!response.ok) throw new Error(`HTTP ${response.status} for the image's configuration`);
  return platform.parse(await response.json());
}

function platformFaults(step: ChangedStep, subject: string, offered: readonly Platform[]): Fault[] {
  const runtime = step.live.current.runtimePlatform;
  const architecture = runtime?.cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64';
  const fits = offered.some((one) => one.architecture === architecture && one.os !== 'unknown');
  if (fits || offered.length === 0) return [];
  const names = offered.filter(({ os }) => os !== 'unknown').map((one) => `${one.os}/${one.architecture}`);
  return [
    {
      subject,
      message: `is made for ${names.join(', ')}; its task definition runs on linux/${architecture}`,
      remedy: `Build it for linux/${architecture}`,
    },
  ];
}
