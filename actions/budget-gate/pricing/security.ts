import { reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import { need, words } from './need.ts';

/** Secrets Manager, KMS, GuardDuty and AWS Config. */
export const security: Service = {
  rules: {
    'AWS::SecretsManager::Secret': (resource, context) => {
      // Regions to which a secret is replicated keep, and charge for, a copy each.
      const replicas = Array.isArray(resource.properties.ReplicaRegions)
        ? resource.properties.ReplicaRegions.length
        : 0;
      const quantity = times(context.existence(resource), 1 + replicas);
      return { needs: [need('secret', 'secrets_mo', quantity, `${1 + replicas} secrets`)], causes: [] };
    },
    'AWS::SecretsManager::SecretTargetAttachment': () => ({ free: 'only completes a secret' }),
    'AWS::SecretsManager::RotationSchedule': () => ({ free: 'the function that rotates is priced itself' }),
    'AWS::SecretsManager::ResourcePolicy': () => ({ free: 'only a policy' }),
    'AWS::KMS::Key': (resource, context) => ({
      needs: [need('key', 'kms.key_mo', context.existence(resource), '1 customer managed key')],
      causes: [],
    }),
    'AWS::KMS::Alias': () => ({ free: 'only a name' }),
    'AWS::GuardDuty::Detector': (resource, context) => {
      if (!reader(resource, context).flag('Enable')) return { free: 'it is not enabled' };
      const subject = context.subjectOf(resource);
      const events = context.usage('guardduty.events-millions', subject);
      const flow = context.usage('guardduty.flow-gb', subject);
      return {
        needs: [
          need('events', 'guardduty.events_M', events, `${words(events)} M events`),
          need('flow and DNS logs', 'guardduty.flow_dns_gb', flow, `${words(flow)} GB`),
        ],
        causes: [],
      };
    },
    'AWS::Config::ConfigurationRecorder': () => ({
      free: 'paid by the item recorded, priced for the environment',
    }),
    'AWS::Config::DeliveryChannel': () => ({ free: 'only says where records go' }),
    'AWS::Config::ConfigRule': () => ({ free: 'paid by the evaluation, priced for the environment' }),
    'AWS::Config::ConfigurationAggregator': () => ({ free: 'aggregation is not charged' }),
  },
  uses: [
    {
      name: 'Secrets Manager requests',
      types: ['AWS::SecretsManager::Secret'],
      needs: (subject, context) => {
        const requests = context.usage('secrets.requests-10k', subject);
        return [need('requests', 'secrets_api_10k', requests, `${words(requests)} × 10,000`)];
      },
    },
    {
      name: 'KMS requests',
      types: ['AWS::KMS::Key'],
      needs: (subject, context) => {
        const requests = context.usage('kms.requests-10k', subject);
        return [need('requests', 'kms.requests_10k', requests, `${words(requests)} × 10,000`)];
      },
    },
    {
      name: 'AWS Config records',
      types: ['AWS::Config::ConfigurationRecorder'],
      needs: (subject, context) => {
        const items = context.usage('config.items', subject);
        return [need('configuration items', 'config.item', items, `${words(items)} items`)];
      },
    },
    {
      name: 'AWS Config evaluations',
      types: ['AWS::Config::ConfigRule'],
      needs: (subject, context) => {
        const evaluations = context.usage('config.evaluations', subject);
        return [need('evaluations', 'config.eval', evaluations, `${words(evaluations)} evaluations`)];
      },
    },
  ],
};
