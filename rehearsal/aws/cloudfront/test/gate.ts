import '@aws-sdk/signature-v4a';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { CloudFrontKeyValueStore } from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { EmbeddedAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';
import type { Shop } from './shop.ts';
import { deploy } from './stack.ts';

const GATE = readFileSync(new URL('../../../../infra/constructs/test-gate.js', import.meta.url), 'utf8');

/** The client puts the account before the host, so that the host must have a name, and the name an address. */
export function keyValueClient(aws: EmbeddedAws): CloudFrontKeyValueStore {
  const lookup: LookupFunction = (_name, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
  return new CloudFrontKeyValueStore({
    ...clientOptions(aws),
    endpoint: aws.env.AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE ?? '',
    requestHandler: { httpAgent: new Agent({ lookup }) },
  });
}

const attribute = (...name: [string, string]) => ({ 'Fn::GetAtt': name });

/** A distribution as the smoke tests' is: the gate before a test listener. @returns where, and its store's ARN */
export async function openGate(
  aws: EmbeddedAws,
  shop: Shop,
  alias: string,
): Promise<{ url: string; store: string }> {
  const { Store: store = '' } = await deploy(
    aws,
    `gate-${alias.replaceAll('.', '-')}`,
    {
      Tokens: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: `tokens-${alias}` } },
      Gate: {
        Type: 'AWS::CloudFront::Function',
        Properties: {
          Name: `gate-${alias.replaceAll('.', '-')}`,
          AutoPublish: true,
          FunctionCode: GATE,
          FunctionConfig: {
            Comment: '',
            Runtime: 'cloudfront-js-2.0',
            KeyValueStoreAssociations: [{ KeyValueStoreARN: attribute('Tokens', 'Arn') }],
          },
        },
      },
      Listener: {
        Type: 'AWS::CloudFront::VpcOrigin',
        Properties: {
          VpcOriginEndpointConfig: {
            Arn: shop.loadBalancerArn,
            HTTPPort: shop.port,
            Name: alias,
            OriginProtocolPolicy: 'http-only',
          },
        },
      },
      Distribution: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Aliases: [alias],
            Enabled: true,
            DefaultCacheBehavior: {
              TargetOriginId: 'listener',
              ViewerProtocolPolicy: 'https-only',
              AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
              OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
              FunctionAssociations: [
                { EventType: 'viewer-request', FunctionARN: attribute('Gate', 'FunctionARN') },
              ],
            },
            Origins: [
              {
                Id: 'listener',
                DomainName: shop.dnsName,
                VpcOriginConfig: { VpcOriginId: attribute('Listener', 'Id') },
              },
            ],
          },
        },
      },
    },
    { Store: attribute('Tokens', 'Arn') },
  );
  return { url: await aws.edgeUrl(alias), store };
}
