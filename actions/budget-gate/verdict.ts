import type { Estimate } from './estimate.ts';
import type { Expired } from './expiry.ts';
import { EPSILON, money } from './money.ts';
import type { Staleness } from './price-book.ts';
import type { Range } from './range.ts';
import type { Spend } from './spend.ts';

export type ReasonCode =
  | 'over-budget'
  | 'may-exceed-budget'
  | 'already-over-budget'
  | 'spend-over-budget'
  | 'unknown-cost'
  | 'stale-price'
  | 'expired-assumption';

export interface Reason {
  code: ReasonCode;
  severity: 'warn' | 'fail';
  text: string;
}

/** 0: go on. 1: it costs too much. 2: what it costs is not known well enough to go on. */
export interface Verdict {
  verdict: 'pass' | 'warn' | 'fail';
  exitCode: 0 | 1 | 2;
  reasons: readonly Reason[];
}

export interface Evidence {
  estimate: Pick<Estimate, 'total' | 'unknowns'>;
  base?: { total: Range };
  budget: number;
  stale: readonly Staleness[];
  expired: readonly Expired[];
  spend?: Spend;
  /** A rollback is never blocked: what it goes back to was paid for before. */
  rollback: boolean;
}

/**
 * Pass when the high case fits the budget, warn when only the expected does, fail when it does not, or when
 * something is unknown or stale. Once over the budget, only what costs more is blocked.
 */
export function judge(evidence: Evidence): Verdict {
  const found = [...knowledgeReasons(evidence), ...budgetReasons(evidence), ...spendReasons(evidence)];
  const reasons = evidence.rollback ? found.map(forgiven) : found;
  const failing = reasons.filter(({ severity }) => severity === 'fail');
  if (failing.length === 0) {
    return { verdict: reasons.length > 0 ? 'warn' : 'pass', exitCode: 0, reasons };
  }
  const unknowable = failing.some(({ code }) => !code.endsWith('over-budget'));
  return { verdict: 'fail', exitCode: unknowable ? 2 : 1, reasons };
}

function forgiven(reason: Reason): Reason {
  if (reason.severity === 'warn') return reason;
  return { ...reason, severity: 'warn', text: `${reason.text}; not blocked, since this is a rollback` };
}

function knowledgeReasons({ estimate, stale, expired }: Evidence): Reason[] {
  return [
    ...estimate.unknowns.map(
      ({ subject, reason, remedy }): Reason => ({
        code: 'unknown-cost',
        severity: 'fail',
        text: `${subject.name}${subject.file ? ` (${subject.file})` : ''}: ${reason}. ${remedy}`,
      }),
    ),
    ...stale.map(
      ({ key, region, days, limit, severity }): Reason => ({
        code: 'stale-price',
        severity,
        text: `the price ${key} of ${region} is ${days} days old, more than ${limit}. Refresh it: npm run prices -- --region ${region}`,
      }),
    ),
    ...expired.map(
      ({ path, expires, severity }): Reason => ({
        code: 'expired-assumption',
        severity,
        text: `the assumption ${path} expired on ${expires}. Look at it again, and set a new date in usage.yml`,
      }),
    ),
  ];
}

function budgetReasons({ estimate: { total }, base, budget }: Evidence): Reason[] {
  if (total.high <= budget + EPSILON) return [];
  if (total.expected <= budget + EPSILON) {
    const text = `${money(total.expected)} is expected, but it may be ${money(total.high)}, more than the budget of ${money(budget)}`;
    return [{ code: 'may-exceed-budget', severity: 'warn', text }];
  }
  const over = `${money(total.expected)} is expected, ${money(total.expected - budget)} more than the budget of ${money(budget)}`;
  if (base && base.total.expected > budget + EPSILON && total.expected <= base.total.expected + EPSILON) {
    const text = `${over}; it was over before (${money(base.total.expected)}), and this change adds nothing`;
    return [{ code: 'already-over-budget', severity: 'warn', text }];
  }
  return [{ code: 'over-budget', severity: 'fail', text: over }];
}

/** What the account really spends: when that is over, a change may not add to it. */
function spendReasons({ estimate: { total }, base, budget, spend }: Evidence): Reason[] {
  if (!spend || spend.projected <= budget + EPSILON) return [];
  const increases = base !== undefined && total.expected > base.total.expected + EPSILON;
  const text = `the account will have spent ${money(spend.projected)} by the end of the month (${money(spend.monthToDate)} so far), more than the budget of ${money(budget)}`;
  return [
    {
      code: 'spend-over-budget',
      severity: increases ? 'fail' : 'warn',
      text: increases
        ? `${text}, and this change adds ${money(total.expected - base.total.expected)} a month`
        : text,
    },
  ];
}
