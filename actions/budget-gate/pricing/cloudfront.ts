import type { Service } from '../context.ts';
import { need, words } from './need.ts';

/** https://aws.amazon.com/cloudfront/pricing (pay as you go) */
export const cloudfront: Service = {
  rules: {
    'AWS::CloudFront::Distribution': () => ({
      free: 'no fixed cost; its traffic is priced for the environment',
    }),
    'AWS::CloudFront::Function': () => ({
      free: 'no fixed cost; invocations are priced for the environment',
    }),
    'AWS::CloudFront::VpcOrigin': () => ({ free: 'VPC origins are not charged' }),
    'AWS::CloudFront::OriginAccessControl': () => ({ free: 'only a setting of a distribution' }),
    'AWS::CloudFront::CloudFrontOriginAccessIdentity': () => ({ free: 'only an identity' }),
    'AWS::CloudFront::CachePolicy': () => ({ free: 'only a setting of a distribution' }),
    'AWS::CloudFront::OriginRequestPolicy': () => ({ free: 'only a setting of a distribution' }),
    'AWS::CloudFront::ResponseHeadersPolicy': () => ({ free: 'only a setting of a distribution' }),
    'AWS::CloudFront::KeyGroup': () => ({ free: 'only names keys' }),
    'AWS::CloudFront::PublicKey': () => ({ free: 'only holds a key' }),
    'AWS::CloudFront::KeyValueStore': () => ({ free: 'reads by functions are counted with invocations' }),
    'AWS::CloudFront::MonitoringSubscription': () => ({
      unknown: 'the metrics of a distribution that it turns on are not counted here',
      remedy: 'Leave it out, or price it by hand ($0.30 a metric)',
    }),
    'AWS::CloudFront::RealtimeLogConfig': () => ({
      unknown: 'real-time logs are not in the price book',
      remedy: 'Use standard logging',
    }),
  },
  uses: [
    {
      name: 'CloudFront traffic',
      types: ['AWS::CloudFront::Distribution'],
      needs: (subject, context) => {
        const gb = context.usage('cloudfront.gb', subject);
        const millions = context.usage('cloudfront.requests-millions', subject);
        const tenThousands = {
          low: millions.low * 100,
          expected: millions.expected * 100,
          high: millions.high * 100,
        };
        return [
          need('data to viewers', 'cloudfront.us_gb', gb, `${words(gb)} GB`),
          need('HTTPS requests', 'cloudfront.https_10k', tenThousands, `${words(millions)} M requests`),
        ];
      },
    },
    {
      name: 'CloudFront Functions',
      types: ['AWS::CloudFront::Function'],
      needs: (subject, context) => {
        const millions = context.usage('cloudfront.functions-millions', subject);
        return [need('invocations', 'cloudfront.functions_M', millions, `${words(millions)} M invocations`)];
      },
    },
  ],
};
