import { randomBytes, randomUUID } from 'node:crypto';
import type {
  CachePolicyConfig,
  DistributionConfig,
  FunctionConfig,
  KeyValueStore,
  OriginAccessControlConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
  Tag,
  VpcOriginEndpointConfig,
} from '@aws-sdk/client-cloudfront';
import type { Cache } from '../dataplane/edge/cache.ts';
import { createEdge, type Edge } from '../dataplane/edge/edge.ts';
import type { EdgeFunction, KeyValues } from '../dataplane/edge/function.ts';
import type { Aws } from '../kernel/aws.ts';
import { type AwsError, awsError } from '../kernel/error.ts';
import type { Principal } from '../kernel/service.ts';

/** Something that CloudFront keeps under an id, and changes only for who knows its newest ETag. */
export interface Kept<Config> {
  id: string;
  etag: string;
  modified: Date;
  config: Config;
}

export interface DistributionRecord extends Kept<DistributionConfig> {
  arn: string;
  domainName: string;
  cache: Cache;
  /** Ids of invalidations, with the paths that they forgot. */
  invalidations: Map<string, { created: Date; reference: string; paths: string[] }>;
}

export interface VpcOriginRecord extends Kept<VpcOriginEndpointConfig> {
  arn: string;
  created: Date;
  /** Of the load balancer, as its DNS name is here. */
  address: string;
}

export interface FunctionStage {
  code: Uint8Array;
  config: FunctionConfig;
  etag: string;
  modified: Date;
}

export interface FunctionRecord {
  name: string;
  arn: string;
  created: Date;
  development: FunctionStage;
  /** Absent until it is published. */
  live?: FunctionStage & { compiled: EdgeFunction };
}

/** A key value store. Functions see a change some seconds after it was made. */
export interface KeyValueStoreRecord {
  description: KeyValueStore;
  arn: string;
  /** Of the store as CloudFront's own API has it; the API of its keys has another. */
  etag: string;
  created: Date;
  items: Map<string, string>;
  itemsEtag: string;
  seen: ReadonlyMap<string, string>;
}

/** What CloudFront has. Both of its APIs and the edge read it. */
export interface State {
  aws: Aws;
  edge: Edge;
  distributions: Map<string, DistributionRecord>;
  vpcOrigins: Map<string, VpcOriginRecord>;
  /** By name. */
  functions: Map<string, FunctionRecord>;
  /** By name. */
  keyValueStores: Map<string, KeyValueStoreRecord>;
  cachePolicies: Map<string, Kept<CachePolicyConfig>>;
  originRequestPolicies: Map<string, Kept<OriginRequestPolicyConfig>>;
  responseHeadersPolicies: Map<string, Kept<ResponseHeadersPolicyConfig>>;
  originAccessControls: Map<string, Kept<OriginAccessControlConfig>>;
  /** By ARN. */
  tags: Map<string, Tag[]>;
}

export function createState(aws: Aws): State {
  return {
    aws,
    edge: createEdge(aws.clock, aws.log),
    distributions: new Map(),
    vpcOrigins: new Map(),
    functions: new Map(),
    keyValueStores: new Map(),
    cachePolicies: new Map(),
    originRequestPolicies: new Map(),
    responseHeadersPolicies: new Map(),
    originAccessControls: new Map(),
    tags: new Map(),
  };
}

/** CloudFront is no service of a region: its ARNs have none. */
export const arnOf = ({ aws }: State, resource: string) => aws.arn('cloudfront', resource, { region: '' });

/** `E` and thirteen letters, as ids of distributions and ETags are. */
export function newId(prefix = 'E'): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return prefix + Array.from(randomBytes(13), (byte) => alphabet[byte % alphabet.length]).join('');
}

export const newUuid = (): string => randomUUID();

/** In whose name CloudFront asks other services. */
export function cloudFront({ aws }: State): Principal {
  return { arn: 'cloudfront.amazonaws.com', accountId: aws.accountId, service: 'cloudfront.amazonaws.com' };
}

export function keyValuesOf(store: KeyValueStoreRecord): KeyValues {
  return { get: (key) => store.seen.get(key), count: () => store.seen.size };
}

/** @throws AwsError unless the caller knows the newest version. */
export function checkIfMatch(given: string | undefined, etag: string): void {
  if (given === undefined || given === '') {
    throw awsError('InvalidIfMatchVersion', 'The If-Match version is missing or not valid for the resource.');
  }
  if (given !== etag) {
    throw awsError(
      'PreconditionFailed',
      "The request failed because it didn't meet the preconditions in one or more request-header fields.",
    );
  }
}

export const invalid = (message: string): AwsError => awsError('InvalidArgument', message);
