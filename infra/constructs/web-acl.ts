import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema.ts';

export interface WebAclProps {
  /** `pika-production` */
  readonly name: string;
  readonly waf: EnvironmentConfig['waf'];
}

type Rule = CfnWebACL.RuleProperty;
type Statement = CfnWebACL.StatementProperty;

/** What scanners call themselves. Real browsers, search engines and the smoke tests are none of them. */
const SCANNERS =
  '(?i)(sqlmap|nikto|nmap|masscan|zgrab|dirbuster|gobuster|wpscan|acunetix|nessus|python-requests|scrapy)';

/**
 * The plan's rules for CloudFront: SQL injection, XSS (in AWS's common rule set), a rate per address,
 * optional geography, and bot control: basic is our own rule, managed is AWS's paid group.
 */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, waf }: WebAclProps) {
    super(scope, id);
    const rules: Omit<Rule, 'priority'>[] = [
      ...(waf.countries.length > 0 ? [block('geography', outsideOf(waf.countries))] : []),
      block('rate', {
        rateBasedStatement: {
          limit: waf.requestsPerFiveMinutes,
          evaluationWindowSec: 300,
          aggregateKeyType: 'IP',
        },
      }),
      waf.botControl === 'managed' ? managedBotControl() : block('basic-bot-control', basicBotControl()),
      managed('sql-injection', 'AWSManagedRulesSQLiRuleSet'),
      // Uploads are larger than the 8 KB that the rule set allows a body.
      managed('common-and-xss', 'AWSManagedRulesCommonRuleSet', ['SizeRestrictions_BODY']),
    ];
    this.arn = new CfnWebACL(this, 'Acl', {
      name,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(name),
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
    }).attrArn;
  }
}

function visibility(metricName: string) {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

function block(name: string, statement: Statement): Omit<Rule, 'priority'> {
  return { name, statement, action: { block: {} }, visibilityConfig: visibility(name) };
}

function managed(name: string, group: string, counted: readonly string[] = []): Omit<Rule, 'priority'> {
  return {
    name,
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name: group,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
  };
}

function managedBotControl(): Omit<Rule, 'priority'> {
  const rule = managed('managed-bot-control', 'AWSManagedRulesBotControlRuleSet');
  return {
    ...rule,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name: 'AWSManagedRulesBotControlRuleSet',
        managedRuleGroupConfigs: [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }],
      },
    },
  };
}

function outsideOf(countryCodes: string[]): Statement {
  return { notStatement: { statement: { geoMatchStatement: { countryCodes } } } };
}

/** No name, or a scanner's name: one rule, $1 a month where the managed group costs $10. */
function basicBotControl(): Statement {
  const userAgent = { singleHeader: { Name: 'user-agent' } };
  const textTransformations = [{ priority: 0, type: 'NONE' }];
  return {
    orStatement: {
      statements: [
        {
          notStatement: {
            statement: {
              sizeConstraintStatement: {
                fieldToMatch: userAgent,
                comparisonOperator: 'GT',
                size: 0,
                textTransformations,
              },
            },
          },
        },
        { regexMatchStatement: { fieldToMatch: userAgent, regexString: SCANNERS, textTransformations } },
      ],
    },
  };
}
