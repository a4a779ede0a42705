import type { BudgetLine, BudgetReport } from './budget-report.ts';

/** Services as AWS's bill names them, by the beginning of their keys in the price book; the longest one wins. */
const SERVICES: readonly (readonly [string, string])[] = [
  ['fargate.spot.', 'ECS Fargate, Spot'],
  ['fargate.', 'ECS Fargate, on demand'],
  ['rds.', 'RDS PostgreSQL'],
  ['cache.', 'ElastiCache'],
  ['alb_', 'ALB'],
  ['ec2.', 'NAT and its address'],
  ['ebs.', 'NAT and its address'],
  ['nat_', 'NAT and its address'],
  ['ipv4_', 'NAT and its address'],
  ['interaz_', 'Transfer'],
  ['dto_', 'Transfer'],
  ['s3.', 'S3'],
  ['cloudfront.', 'CloudFront'],
  ['waf.', 'WAF'],
  ['r53.', 'Route 53'],
  ['cw.', 'CloudWatch'],
  ['flowlogs_', 'VPC flow logs'],
  ['secrets_', 'Secrets Manager'],
  ['ecr_', 'ECR'],
  ['config.', 'AWS Config'],
  ['guardduty.', 'GuardDuty'],
];
const OTHERS = 'Lambda, SNS, Step Functions';

function serviceOf({ price }: Pick<BudgetLine, 'price'>): string {
  return SERVICES.find(([beginning]) => price.startsWith(beginning))?.[1] ?? OTHERS;
}

/** USD a month by service, in the order in which the gate's lines name them. */
export function byService(lines: readonly BudgetLine[]): Map<string, number> {
  return new Map([...Map.groupBy(lines, serviceOf)].map(([service, of]) => [service, sumOf(of)]));
}

/** The tables of docs/costs.md: every line of the budget gate's, by environment and unit price. */
export function toTables({ lines, environments, total, budget }: BudgetReport): string {
  const order = Object.entries(environments).sort(([, left], [, right]) => right - left);
  const tables = order.map(([environment]) =>
    environmentTable(
      environment,
      lines.filter((line) => line.environment === environment),
    ),
  );
  const sums = order.map(([environment, usd]) => `${environment} $${usd.toFixed(2)}`).join(', ');
  return [...tables, `**Together: $${total.toFixed(2)} a month**, of a budget of $${budget}: ${sums}.`].join(
    '\n\n',
  );
}

const HEAD = ['service', 'price', 'quantity − free', 'unit price', 'USD a month'];

function environmentTable(environment: string, lines: readonly BudgetLine[]): string {
  const used = lines.filter(({ quantity }) => quantity > 0);
  const rank = (service: string) => {
    const index = SERVICES.findIndex(([, name]) => name === service);
    return index < 0 ? SERVICES.length : index;
  };
  const rows = [...Map.groupBy(used, ({ price }) => price).values()]
    .map((of) => ({ service: serviceOf(of[0] ?? { price: '' }), of }))
    .sort((left, right) => rank(left.service) - rank(right.service))
    .map(({ service, of }) => row(service, of));
  const last = [`**${environment}**`, '', '', '', `**${sumOf(lines).toFixed(2)}**`];
  return `### ${environment}\n\n${markdownTable([HEAD, ...rows, last])}`;
}

function row(service: string, lines: readonly BudgetLine[]): string[] {
  const [first] = lines;
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  const free = lines.reduce((sum, line) => sum + line.free, 0);
  const amount = free > 0 ? `${short(quantity)} − ${short(free)}` : short(quantity);
  return [
    service,
    `\`${first?.price}\``,
    `${amount} ${/^\d/.test(first?.unit ?? '') ? '× ' : ''}${first?.unit}`,
    String(first?.unitPrice ?? 0),
    sumOf(lines).toFixed(2),
  ];
}

function short(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function sumOf(lines: readonly BudgetLine[]): number {
  return lines.reduce((sum, { cost }) => sum + cost, 0);
}

/** Columns as wide as their widest cell, as formatters want them; figures to the right. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const isFigure = (column: number) => column >= 3;
  const draw = (cells: readonly string[]) =>
    `| ${cells
      .map((cell, column) =>
        isFigure(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(' | ')} |`;
  const rule = widths.map((width, column) =>
    isFigure(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [head = [], ...body] = rows;
  return [draw(head), draw(rule), ...body.map(draw)].join('\n');
}

const [BEGIN, END] = ['<!-- npm run costs: begin -->', '<!-- npm run costs: end -->'];

/** The page with other tables between its two marks. @throws RangeError when it has no marks. */
export function withTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new RangeError(`docs/costs.md has no ${BEGIN} … ${END} to write between`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${tables}\n\n${page.slice(to)}`;
}
