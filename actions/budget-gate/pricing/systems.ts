import { reader, type Service } from '../context.ts';
import { asList, asRecord } from '../template/json.ts';
import { need } from './need.ts';

/** Types that are free or not by one of their properties. */
export const systems: Service = {
  rules: {
    'AWS::SSM::Parameter': (resource, context) => {
      const tier = reader(resource, context).text('Tier', 'Standard');
      if (tier === 'Standard') return { free: 'standard parameters are not charged' };
      return {
        needs: [
          need('advanced parameter', 'ssm.advanced_parameter_mo', context.existence(resource), '1 parameter'),
        ],
        causes: [],
      };
    },
    'AWS::Events::EventBus': () => ({
      unknown: 'custom events are not in the price book',
      remedy: 'Use the default bus, whose events of AWS are not charged',
    }),
    'AWS::CloudTrail::Trail': (resource) => {
      const { EventSelectors, AdvancedEventSelectors, InsightSelectors } = resource.properties;
      const dataEvents = asList(EventSelectors).some(
        (selector) => asList(asRecord(selector).DataResources).length > 0,
      );
      return dataEvents || asList(AdvancedEventSelectors).length > 0 || asList(InsightSelectors).length > 0
        ? {
            unknown: 'data events and insights of a trail are not in the price book',
            remedy: 'Keep to management events',
          }
        : { free: 'the first copy of management events is not charged' };
    },
    'AWS::Budgets::BudgetsAction': () => ({
      unknown: 'the third and further budgets with actions cost $0.10 a day, which is not in the price book',
      remedy: 'Use budgets without actions',
    }),
  },
};
