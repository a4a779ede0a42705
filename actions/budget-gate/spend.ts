import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ResultByTime } from '@aws-sdk/client-cost-explorer';
import { z } from 'zod';
import { regionOfPrefix } from './region.ts';

/** What the account really spends this month. */
export interface Spend {
  source: 'AWS Budgets' | 'Cost Explorer' | 'Cost Explorer (cached)';
  /** USD since the first of the month. */
  monthToDate: number;
  /** USD a day, lately. */
  dailyRate: number;
  /** USD by the end of the month: month to date and the remaining days at the daily rate. */
  projected: number;
  /** Paid USD per unit of Fargate Spot, by region and price key, where Cost Explorer shows it. */
  paidSpot: readonly { region: string; price: string; usd: number }[];
  /** Requests to Cost Explorer that this run made; each costs $0.01. */
  requests: number;
}

export interface SpendQuery {
  account: string;
  /** Name of the AWS budget; without it, the dearest monthly cost budget. */
  budgetName?: string;
  /** Whether Cost Explorer may be asked, which costs $0.01 a day. */
  costExplorer: boolean;
  /** File that keeps Cost Explorer's answer for the day. */
  cacheFile: string;
  now: Date;
  signal?: AbortSignal;
}

const DAY = 86_400_000;
/**
 * Reads the account's spending: Budgets first, which is free, then Cost Explorer, asked once a day.
 * Undefined when the account has no budget to read and Cost Explorer may not be asked.
 */
export async function readSpend(query: SpendQuery): Promise<Spend | undefined> {
  const budgeted = await budgetedSpend(query);
  if (!query.costExplorer) {
    return budgeted === undefined ? undefined : fromBudget(budgeted, query.now);
  }
  const { days, requests, cached } = await dailyCosts(query);
  return fromDays(days, {
    now: query.now,
    requests,
    cached,
    ...(budgeted === undefined ? {} : { budgeted }),
  });
}

async function budgetedSpend({ account, budgetName, signal }: SpendQuery): Promise<number | undefined> {
  const { BudgetsClient, paginateDescribeBudgets } = await import('@aws-sdk/client-budgets');
  const client = new BudgetsClient({ region: 'us-east-1' });
  const amounts: { limit: number; actual: number }[] = [];
  for await (const page of paginateDescribeBudgets(
    { client },
    { AccountId: account },
    signal ? { abortSignal: signal } : {},
  )) {
    signal?.throwIfAborted();
    for (const budget of page.Budgets ?? []) {
      const whole =
        Object.keys(budget.CostFilters ?? {}).length === 0 && budget.FilterExpression === undefined;
      const wanted =
        budgetName === undefined ? whole && budget.TimeUnit === 'MONTHLY' : budget.BudgetName === budgetName;
      const actual = Number(budget.CalculatedSpend?.ActualSpend?.Amount);
      if (!wanted || budget.BudgetType !== 'COST' || !Number.isFinite(actual)) continue;
      amounts.push({ limit: Number(budget.BudgetLimit?.Amount ?? 0), actual });
    }
  }
  return amounts.sort((one, other) => other.limit - one.limit)[0]?.actual;
}

/** Month to date as AWS Budgets has it, and the mean of the days so far. */
function fromBudget(monthToDate: number, now: Date): Spend {
  const elapsed = Math.max(1, (now.getTime() - monthStart(now).getTime()) / DAY);
  const dailyRate = monthToDate / elapsed;
  return {
    source: 'AWS Budgets',
    monthToDate,
    dailyRate,
    projected: monthToDate + dailyRate * remainingDays(now),
    paidSpot: [],
    requests: 0,
  };
}

const daySchema = z.object({
  date: z.iso.date(),
  usd: z.number(),
  spot: z.array(z.object({ usageType: z.string(), usd: z.number(), quantity: z.number() })),
});
type Day = z.infer<typeof daySchema>;
const cacheSchema = z.object({ account: z.string(), asked: z.iso.date(), days: z.array(daySchema) });

interface Answer {
  days: readonly Day[];
  requests: number;
  cached: boolean;
}

async function dailyCosts(query: SpendQuery): Promise<Answer> {
  const today = isoDay(query.now);
  const kept = readCache(query.cacheFile);
  if (kept?.account === query.account && kept.asked === today)
    return { days: kept.days, requests: 0, cached: true };
  const answer = await askCostExplorer(query);
  mkdirSync(dirname(query.cacheFile), { recursive: true });
  writeFileSync(query.cacheFile, JSON.stringify({ account: query.account, asked: today, days: answer.days }));
  return { ...answer, cached: false };
}

/** A cache that is not there or broken is as good as none. */
function readCache(file: string): z.infer<typeof cacheSchema> | undefined {
  try {
    return cacheSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function askCostExplorer({ now, signal }: SpendQuery): Promise<{ days: Day[]; requests: number }> {
  const { CostExplorerClient, GetCostAndUsageCommand } = await import('@aws-sdk/client-cost-explorer');
  const client = new CostExplorerClient({ region: 'us-east-1' });
  const start = new Date(Math.min(monthStart(now).getTime(), now.getTime() - 7 * DAY));
  const days = new Map<string, Day>();
  let requests = 0;
  let token: string | undefined;
  do {
    const page = await client.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: isoDay(start), End: isoDay(now) },
        Granularity: 'DAILY',
        Metrics: ['UnblendedCost', 'UsageQuantity'],
        GroupBy: [{ Type: 'DIMENSION', Key: 'USAGE_TYPE' }],
        ...(token === undefined ? {} : { NextPageToken: token }),
      }),
      signal ? { abortSignal: signal } : {},
    );
    requests += 1;
    for (const result of page.ResultsByTime ?? []) addDay(days, result);
    token = page.NextPageToken;
  } while (token !== undefined);
  return { days: [...days.values()].sort((one, other) => one.date.localeCompare(other.date)), requests };
}

/** A day's groups may be spread over pages. */
function addDay(days: Map<string, Day>, { TimePeriod, Groups }: ResultByTime): void {
  const date = TimePeriod?.Start;
  if (date === undefined) return;
  const day = days.get(date) ?? { date, usd: 0, spot: [] };
  for (const { Keys, Metrics } of Groups ?? []) {
    const usageType = Keys?.[0] ?? '';
    const usd = Number(Metrics?.UnblendedCost?.Amount ?? 0);
    day.usd += usd;
    if (!usageType.includes('SpotUsage-Fargate')) continue;
    day.spot.push({ usageType, usd, quantity: Number(Metrics?.UsageQuantity?.Amount ?? 0) });
  }
  days.set(date, day);
}

interface Known {
  now: Date;
  requests: number;
  cached: boolean;
  budgeted?: number;
}

/** The mean of the last seven whole days is the rate at which the remaining days are counted. */
function fromDays(days: readonly Day[], { now, requests, cached, budgeted }: Known): Spend {
  const month = isoDay(now).slice(0, 7);
  const counted = days.filter(({ date }) => date.startsWith(month)).reduce((sum, { usd }) => sum + usd, 0);
  const monthToDate = budgeted ?? counted;
  const lately = days.slice(-7);
  const dailyRate = lately.reduce((sum, { usd }) => sum + usd, 0) / Math.max(1, lately.length);
  return {
    source: cached ? 'Cost Explorer (cached)' : 'Cost Explorer',
    monthToDate,
    dailyRate,
    projected: monthToDate + dailyRate * remainingDays(now),
    paidSpot: paidSpot(days),
    requests,
  };
}

function paidSpot(days: readonly Day[]): Spend['paidSpot'] {
  const totals = Map.groupBy(
    days.flatMap(({ spot }) => spot),
    ({ usageType }) => usageType,
  );
  return [...totals].flatMap(([usageType, uses]) => {
    const match = /^(?:([A-Z0-9]+)-)?SpotUsage-Fargate(-ARM)?-(vCPU|GB)-Hours/.exec(usageType);
    const region = regionOfPrefix(match?.[1]);
    const quantity = uses.reduce((sum, use) => sum + use.quantity, 0);
    const usd = uses.reduce((sum, use) => sum + use.usd, 0);
    // Less than an hour of use, or a credit, says nothing about the rate.
    if (!match || region === undefined || quantity < 1 || usd <= 0) return [];
    const price = `fargate.spot.${match[2] ? 'arm' : 'x86'}.${match[3] === 'vCPU' ? 'vcpu_h' : 'gb_h'}`;
    return [{ region, price, usd: usd / quantity }];
  });
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function monthStart(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}

function remainingDays(now: Date): number {
  return (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - now.getTime()) / DAY;
}
