import type { Context, Need, Priced, Service } from '../context.ts';
import { eachCase, type Range, times } from '../range.ts';
import { asList, asRecord } from '../template/json.ts';
import type { Resource } from '../template/stack.ts';
import { need, words } from './need.ts';

/** Managed rule groups with a fee of their own beside the fee of a rule. */
const PAID_GROUPS: Readonly<Record<string, string>> = {
  AWSManagedRulesATPRuleSet: 'account takeover prevention',
  AWSManagedRulesACFPRuleSet: 'account creation fraud prevention',
  AWSManagedRulesAntiDDoSRuleSet: 'layer 7 DDoS protection',
};

/** https://aws.amazon.com/waf/pricing */
export const waf: Service = {
  rules: {
    'AWS::WAFv2::WebACL': priceWebAcl,
    'AWS::WAFv2::RuleGroup': (resource, context) => {
      const rules = asList(resource.properties.Rules).length;
      const share = context.existence(resource);
      return {
        needs: [need('rules', 'waf.rule_mo', times(share, rules), `${rules} rules of the group`)],
        causes: [],
      };
    },
    'AWS::WAFv2::WebACLAssociation': () => ({ free: 'only joins a web ACL to what it guards' }),
    'AWS::WAFv2::IPSet': () => ({ free: 'part of the rules that use it' }),
    'AWS::WAFv2::RegexPatternSet': () => ({ free: 'part of the rules that use it' }),
    'AWS::WAFv2::LoggingConfiguration': () => ({ free: 'its logs are in the log volume of the environment' }),
  },
};

function priceWebAcl(resource: Resource, context: Context): Priced {
  const rules = asList(resource.properties.Rules).map(asRecord);
  const groups = rules.map((rule) => asRecord(asRecord(rule.Statement).ManagedRuleGroupStatement));
  const paid = groups.map(({ Name }) => PAID_GROUPS[String(Name)]).find((name) => name !== undefined);
  if (paid)
    return { unknown: `${paid} is not in the price book`, remedy: 'Leave the managed rule group out' };
  const share = context.existence(resource);
  const requests = context.usage('waf.requests-millions', context.subjectOf(resource));
  const bot = groups.find(({ Name }) => Name === 'AWSManagedRulesBotControlRuleSet');
  return {
    needs: [
      need('web ACL', 'waf.acl_mo', share, '1 web ACL'),
      need('rules', 'waf.rule_mo', times(share, rules.length), `${rules.length} rules`),
      need('requests', 'waf.req_M', requests, `${words(requests)} M requests`),
      ...(bot ? botControl(bot, requests, share) : []),
    ],
    causes: [
      {
        path: `${resource.stack.file}#/Resources/${resource.logicalId}/Properties/Rules`,
        value: rules.map(({ Name }) => Name),
      },
    ],
  };
}

/** The group's fee, and its own fee per request beyond what is included. */
function botControl(group: Record<string, unknown>, requests: Range, share: Range): Need[] {
  const targeted = asList(group.ManagedRuleGroupConfigs)
    .map((config) => asRecord(asRecord(config).AWSManagedRulesBotControlRuleSet))
    .some(({ InspectionLevel }) => InspectionLevel === 'TARGETED');
  const included = targeted ? 1 : 10;
  const over = eachCase((which) => Math.max(0, requests[which] - included));
  const price = targeted ? 'waf.botcontrol_targeted_M' : 'waf.botcontrol_common_M';
  return [
    need('Bot Control', 'waf.botcontrol_mo', share, '1 managed group Bot Control'),
    need('Bot Control requests', price, over, `${words(requests)} M requests, ${included} M included`),
  ];
}
