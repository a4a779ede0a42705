import { AwsSolutionsChecks } from 'cdk-nag';
import { drawApp } from './assembly.ts';

/** What cdk-nag says that is meant so, and why. An answer that answers nothing any more is a fault, too. */
const ANSWERS: readonly { rule: RegExp; where: RegExp; reason: string }[] = [
  {
    rule: /VPC3/,
    where: /network/,
    reason: 'network ACLs are in the plan, as a second lock behind the security groups',
  },
  {
    rule: /ECS2/,
    where: /./,
    reason: 'addresses and names of resources, no secrets: those are injected by ECS',
  },
  {
    rule: /ECS4/,
    where: /Cluster/,
    reason: 'Container Insights bills every metric; the plan’s alarms need none of them',
  },
  {
    rule: /IAM5\[Resource::arn/,
    where: /./,
    reason: 'bounded by the name of one environment, cluster, application, family or prefix',
  },
  {
    rule: /IAM5\[Resource::</,
    where: /./,
    reason: 'the keys below one prefix, the log streams of one group',
  },
  {
    rule: /IAM5\[Resource::\*\]/,
    where: /./,
    reason: 'these actions know no resources, by AWS’s service authorization reference',
  },
  {
    rule: /IAM5\[Action::/,
    where: /./,
    reason: 'CloudFormation’s own bound: everything but what is another environment’s',
  },
  {
    rule: /IAM4.*AWSLambdaBasicExecutionRole/,
    where: /./,
    reason: 'CDK’s role of a function: writes its own log',
  },
  {
    rule: /IAM4.*AmazonRDSEnhancedMonitoringRole/,
    where: /Database/,
    reason: 'the only policy that RDS’ enhanced monitoring documents',
  },
  {
    rule: /CFR1/,
    where: /edge/,
    reason: 'geography is optional in the plan: waf.countries of the configuration',
  },
  {
    rule: /CFR2|CFR3/,
    where: /TestAccess/,
    reason: 'closed to all but a token of minutes; each request is in the load balancer’s log',
  },
  { rule: /RDS3/, where: /Database/, reason: 'the plan’s compromise at 50 users: multiAz from tier 250 on' },
  {
    rule: /RDS11/,
    where: /Database/,
    reason: 'the port is no secret: the security groups decide who reaches it',
  },
  {
    rule: /SMG4/,
    where: /TokenSecret/,
    reason: 'rotating it signs everybody out: docs/runbooks/rotate-a-secret.md, with two keys at a time',
  },
  { rule: /AEC4/, where: /Cache/, reason: 'the plan’s single node at 50 users: two from tier 250 on' },
  {
    rule: /AEC5/,
    where: /Cache/,
    reason: 'the port is no secret: the security groups decide who reaches it',
  },
  { rule: /AEC6/, where: /Cache/, reason: 'every user signs in by IAM' },
  { rule: /EC23/, where: /Nat/, reason: 'a NAT instance takes all traffic of the VPC, and of nobody else' },
  {
    rule: /EC26/,
    where: /Nat/,
    reason: 'the disk holds an operating system without data and lives as long as the instance',
  },
  {
    rule: /AS3/,
    where: /Nat/,
    reason: 'a replaced instance needs nobody; its loss is an alarm of the services that lose their way out',
  },
  {
    rule: /S1/,
    where: /(logs|Logs|dr|Audit)/,
    reason: 'a bucket of logs and its copies do not log themselves',
  },
  { rule: /SF1|SF2/, where: /SleepGuard/, reason: 'two calls a week; its history is kept for 90 days' },
];

it('cdk-nag finds nothing that has not been answered with a reason', () => {
  const app = drawApp();
  const report = new AwsSolutionsChecks(app).validateScope(app);
  const findings = report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath, resourceLogicalId }) => ({
      rule: ruleName,
      where: constructPath ?? resourceLogicalId ?? '',
    })),
  );
  const answersTo = (finding: { rule: string; where: string }) =>
    ANSWERS.filter(({ rule, where }) => rule.test(finding.rule) && where.test(finding.where));
  expect(findings.filter((finding) => answersTo(finding).length === 0)).toEqual([]);
  const used = new Set(findings.flatMap(answersTo));
  expect(ANSWERS.filter((answer) => !used.has(answer)).map(({ rule }) => rule.source)).toEqual([]);
});
