import { BatchGetImageCommand, ECRClient, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { z } from 'zod';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import { mapLimited } from '../../common/poll.ts';
import type { ChangedStep } from '../plan.ts';
import type { Preflight } from '../preflight.ts';

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
export async function checkImages(preflight: Preflight): Promise<Fault[]> {
  const inEcr = preflight.steps.filter(({ live }) => live.target.image.ecr);
  const faults = await mapLimited(inEcr, 8, (step) => checkImage(step, preflight));
  return faults.flat();
}

async function checkImage(step: ChangedStep, { deadline, signal }: Preflight): Promise<Fault[]> {
  const { image, name } = step.live.target;
  if (!image.ecr) return [];
  const { registryId, region, repositoryName } = image.ecr;
  const client = new ECRClient({ ...clientOptions(deadline), region });
  const subject = `image of service ${name}`;
  let text: string | undefined;
  try {
    const answer = await client.send(
      new BatchGetImageCommand({
        registryId,
        repositoryName,
        imageIds: [{ imageDigest: image.digest }],
        acceptedMediaTypes: MEDIA_TYPES,
      }),
      abortable(signal),
    );
    text = answer.images?.[0]?.imageManifest;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'RepositoryNotFoundException')) throw error;
    return [
      {
        subject,
        message: `there is no repository ${repositoryName} in registry ${registryId}`,
        remedy: 'Check the repository, its region and account',
      },
    ];
  }
  if (!text) {
    return [
      {
        subject,
        message: `${image.digest} is not in ${image.repository}`,
        remedy: 'Push the image first, or check the digest',
      },
    ];
  }
  const config = (digest: string) => readConfig(client, { registryId, repositoryName }, digest, signal);
  const offered = await platformsOf(text, config);
  return platformFaults(step, subject, offered);
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
  repository: { registryId: string; repositoryName: string },
  layerDigest: string,
  signal?: AbortSignal,
): Promise<Platform> {
  const { downloadUrl = '' } = await client.send(
    new GetDownloadUrlForLayerCommand({ ...repository, layerDigest }),
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
