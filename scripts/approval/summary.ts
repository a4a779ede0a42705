/** What a person who approves a release has to know, as the workflow has it. */
export interface Approval {
  /** `https://github.com/OWNER/REPOSITORY` */
  repository: string;
  runId: string;
  commit: { sha: string; message: string; author: string; compare: string };
  /** Hash of production's plan. */
  plan: string;
  staging: { green: string; production: string; availability: string; measured: string };
  /** The report of the budget gate. */
  budget: BudgetSaid;
  /** What changes in production's stacks, as Markdown of `npm run changes`; a release may deploy none. */
  stacks: 'not deployed' | { sentence: string; details: string };
  /** Whether GitHub asks the environment's reviewers, or the release waits for approve.yml. */
  gate: 'reviewers' | 'ready-gate';
}

export interface BudgetSaid {
  verdict: string;
  monthly: string;
  of?: number;
  reasons: readonly string[];
}

/** Markdown for the job summary: what would happen, on what grounds, who decides, and the way back. */
export function approvalSummary(approval: Approval): string {
  const { repository, runId, plan, staging, budget, stacks, gate } = approval;
  const workflow = (name: string) => `[**${name}**](${repository}/actions/workflows/${name}.yml)`;
  const rows = [
    ['commit', commit(approval)],
    ['plan', `\`${plan}\`, as it stands above; production accepts this one only`],
    ['stacks', stacksSaid(stacks)],
    [
      'smoke tests on staging',
      `on green: ${said(staging.green)}; after the shift: ${said(staging.production)}`,
    ],
    ['what its users got meanwhile', measured(staging)],
    ['cost a month', cost(budget)],
  ];
  const who =
    gate === 'ready-gate'
      ? `whoever \`pika.yml\` names under \`environments.production.approvers\` runs ${workflow('approve')} with run \`${runId}\`, once green is prepared and verified`
      : 'a reviewer of the environment `production`, by **Review deployments** on this page';
  return [
    '## To be approved: this release to production',
    ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n'),
    ...(stacks === 'not deployed' || stacks.details === '' ? [] : [stacks.details.trimEnd()]),
    [
      `- **Who decides:** ${who}.`,
      ...consequences(stacks !== 'not deployed', gate),
      `- **To go back later:** ${workflow('rollback')} with the number of an earlier run of release.`,
    ].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

function stacksSaid(stacks: Approval['stacks']): string {
  if (stacks === 'not deployed') return 'not deployed by a release: `DEPLOY_INFRASTRUCTURE` is `false`';
  return stacks.sentence === ''
    ? '**not known**: the job `stacks` said nothing; its log may say why'
    : stacks.sentence;
}

/** At the ready gate a person is asked later: the stacks are deployed by then. */
function consequences(deploysStacks: boolean, gate: Approval['gate']): string[] {
  const stacks = deploysStacks ? 'the stacks that changed are deployed and the database is migrated; ' : '';
  const after =
    'takes the traffic, and is smoke-tested again while blue is alive. Whatever fails on the way goes back by itself.';
  if (gate === 'reviewers') {
    return [
      `- **Approved:** ${stacks}green comes up beside blue, is smoke-tested, ${after}`,
      '- **Refused:** production stays as it is.',
    ];
  }
  return [
    `- **Before anybody is asked:** ${stacks}green comes up beside blue and is smoke-tested.`,
    `- **Approved:** green ${after}`,
    `- **Refused:** green goes, and users noticed nothing.${deploysStacks ? ' Stacks and database stay as they are then.' : ''}`,
  ];
}

function commit({ repository, commit: { sha, message, author, compare } }: Approval): string {
  const [subject = ''] = message.split('\n');
  const link = `[\`${sha.slice(0, 7)}\`](${repository}/commit/${sha})`;
  const by = author === '' ? '' : `, by ${plain(author)}`;
  const news = compare.startsWith(`${repository}/compare/`) ? ` ([what this push brings](${compare}))` : '';
  return `${link} ${plain(subject)}${by}${news}`;
}

const said = (verdict: string) => (verdict === '' ? 'not run' : `**${verdict}**`);

/** The verdict and its sentence, which begins with the verdict in capitals. */
function measured({ availability, measured: sentence }: Approval['staging']): string {
  const without = sentence.replace(/^[A-Z]+ on [^:]*: /, '');
  return [said(availability), ...(without === '' ? [] : [plain(without)])].join(': ');
}

function cost({ verdict, monthly, of, reasons }: BudgetSaid): string {
  const budget = of === undefined ? '' : ` of $${of.toFixed(2)}`;
  return [`$${monthly}${budget}: ${said(verdict)}`, ...reasons.map(plain)].join('. ');
}

/** Text of others on one line, in which nothing is markup. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_{}[\]<>()#+!|~@&:]/g, '\\$&');
}

/** What the budget gate's outputs say; a report that cannot be read leaves verdict and amount. */
export function readBudget(verdict: string, monthly: string, report: string): BudgetSaid {
  const { budget, reasons } = members(parse(report));
  return {
    verdict,
    monthly,
    ...(typeof budget === 'number' ? { of: budget } : {}),
    reasons: Array.isArray(reasons)
      ? reasons.flatMap((reason: unknown) => {
          const { text } = members(reason);
          return typeof text === 'string' ? [text] : [];
        })
      : [],
  };
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
