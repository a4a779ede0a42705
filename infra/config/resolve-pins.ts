import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DescribeImagesCommand, DescribeManagedPrefixListsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { loadManifest } from '../../manifest/index.ts';
import { root, runCommand } from '../command.ts';
import { PINS_FILE, type Pins, readPins } from './pins.ts';

const USAGE = `npm run pins -- [--region REGION] [--file FILE]

Asks AWS for the ids that differ by region, and writes them into infra/config/pins.json: the newest Amazon Linux 2023 image
for the NAT instance, and CloudFront's prefix list. Look at the difference, commit it, then deploy the network.
  --region  one region (default: those of pika.yml)
  --file    where to (default infra/config/pins.json)
Exit code 0: written; 1: AWS did not answer, and nothing was changed; 2: the command line is wrong.`;

const IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64';
const PREFIX_LIST = 'com.amazonaws.global.cloudfront.origin-facing';

await runCommand(USAGE, 'the ids cannot be had, and nothing was changed', async () => {
  const { values } = parseArgs({
    options: { region: { type: 'string' }, file: { type: 'string', default: PINS_FILE } },
  });
  const { environments } = loadManifest(join(root, 'pika.yml'));
  const declared = new Set(Object.values(environments).map(({ region }) => region));
  const regions = values.region ? [values.region] : [...declared];
  const before = readPins(values.file);
  const asked = await Promise.all(
    regions.map(async (region) => [region, await resolvePins(region)] as const),
  );
  writeFileSync(
    values.file,
    `${JSON.stringify({ ...before, ...Object.fromEntries(asked) }, undefined, 2)}\n`,
  );
  for (const [region, pins] of asked) {
    for (const [name, id] of Object.entries(pins)) {
      const old = before[region]?.[name === 'natImage' ? 'natImage' : 'cloudFrontPrefixList'];
      console.log(`${region} ${name}: ${old === id ? `${id}, as it was` : `${old ?? 'none'} → ${id}`}`);
    }
  }
  return 0;
});

/** @throws Error when AWS has no such image, or it is not what a t4g instance runs. */
async function resolvePins(region: string): Promise<Pins[string]> {
  const ec2 = new EC2Client({ region });
  const { Parameter } = await new SSMClient({ region }).send(
    new GetParameterCommand({ Name: IMAGE_PARAMETER }),
  );
  const natImage = Parameter?.Value ?? '';
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [natImage] }));
  const image = Images?.[0];
  if (image?.Architecture !== 'arm64' || image.ImageOwnerAlias !== 'amazon') {
    throw new Error(
      `${natImage} of ${region} is ${image?.Name ?? 'not there'}, ${image?.Architecture ?? 'without architecture'}, of ${image?.ImageOwnerAlias ?? 'nobody'}; it must be Amazon's, for arm64`,
    );
  }
  console.log(`${region}: ${natImage} is ${image.Name}.`);
  const { PrefixLists } = await ec2.send(
    new DescribeManagedPrefixListsCommand({
      Filters: [{ Name: 'prefix-list-name', Values: [PREFIX_LIST] }],
    }),
  );
  const cloudFrontPrefixList = PrefixLists?.[0]?.PrefixListId;
  if (!cloudFrontPrefixList) throw new Error(`${region} has no prefix list ${PREFIX_LIST}`);
  return { natImage, cloudFrontPrefixList };
}
