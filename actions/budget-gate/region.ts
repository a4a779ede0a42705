/** Prefixes of usage types. https://docs.aws.amazon.com/cur/latest/userguide/cur-usage-types.html */
const PREFIXES: Readonly<Record<string, string>> = {
  'us-east-1': 'USE1',
  'us-east-2': 'USE2',
  'us-west-1': 'USW1',
  'us-west-2': 'USW2',
  'ca-central-1': 'CAN1',
  'eu-west-1': 'EU',
  'eu-west-2': 'EUW2',
  'eu-west-3': 'EUW3',
  'eu-central-1': 'EUC1',
  'eu-north-1': 'EUN1',
  'eu-south-1': 'EUS1',
  'ap-south-1': 'APS3',
  'ap-southeast-1': 'APS1',
  'ap-southeast-2': 'APS2',
  'ap-northeast-1': 'APN1',
  'ap-northeast-2': 'APN2',
  'sa-east-1': 'SAE1',
};

export const PRICED_REGIONS: readonly string[] = Object.keys(PREFIXES);

/** The region of a usage type's prefix; usage types of us-east-1 often have none. */
export function regionOfPrefix(prefix: string | undefined): string | undefined {
  if (prefix === undefined) return 'us-east-1';
  return PRICED_REGIONS.find((region) => PREFIXES[region] === prefix);
}

/** The usage type of another region: `USE1-Fargate-GB-Hours` and `LCUUsage` become `EU-…`. */
export function usageTypeIn(region: string, usageType: string): string {
  if (region === 'us-east-1') return usageType;
  if (usageType.startsWith('us-east-1-')) return usageType.replace('us-east-1', region);
  return `${PREFIXES[region] ?? region}-${usageType.replace(/^USE1-/, '')}`;
}
