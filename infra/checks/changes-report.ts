import type { DeployVerdict } from './may-deploy.ts';
import type { ResourceChange, StackChange } from './stack-changes.ts';

/** What is known of the stacks of an environment before they are deployed. */
export interface StackChanges {
  environment: string;
  /** How many stacks there are. */
  stacks: number;
  changes: readonly StackChange[];
  /** Stacks whose deployed template could not be read, and why. */
  unread: readonly { stack: string; why: string }[];
  /** Whether they may be deployed now, or why nobody knows. */
  guard: DeployVerdict | { verdict: 'unknown'; why: string };
  /** Stacks that are left out now although they change. */
  leftOut: readonly string[];
}

/** Resources that a person reads at once; the others are folded. */
const AT_ONCE = 12;
/** Resources that are named of one stack: a job's output must fit into an environment variable. */
const OF_A_STACK = 40;

/** One line of Markdown that fits into a table. */
export function changesSentence(report: StackChanges): string {
  const { stacks, changes, unread, guard, leftOut } = report;
  const changed =
    changes.length === 0
      ? 'no stack changes'
      : `**${changes.length} of ${stacks} change**: ${changes.every(({ isNew }) => isNew) ? 'all new, ' : ''}${counts(changes)}`;
  const known =
    unread.length === 0
      ? [changed]
      : [
          `**not known of ${unread.length} of ${stacks}**, which could not be read (${code(unread[0]?.why ?? '')})`,
          ...(unread.length < stacks ? [`of the others: ${changed}`] : []),
        ];
  return [
    ...known,
    ...(guard.verdict === 'lost'
      ? ['**none would be deployed, and production would stop there**: data would be lost']
      : []),
    ...(guard.verdict === 'unknown' && changes.length > 0
      ? [`whether they may change now **is not known** (${code(guard.why)})`]
      : []),
    ...(leftOut.length > 0
      ? [`${leftOut.map(code).join(' and ')} must not change now and **would be left out**`]
      : []),
  ].join('; ');
}

/** Markdown: replacements and removals at once, everything else folded. Empty where there is nothing to tell. */
export function changesDetails({ changes, unread, guard, leftOut }: StackChanges): string {
  const worst = changes.flatMap(({ stack, resources }) =>
    resources
      .filter(({ fate }) => fate !== 'changed')
      .map((change) => `- ${resourceLine(change)}, in ${code(stack)}`),
  );
  // That green is live matters only to what changes.
  const isHindered = guard.verdict === 'lost' || leftOut.length > 0;
  const reasons = isHindered && 'reasons' in guard ? guard.reasons.slice(0, OF_A_STACK) : [];
  const folded = [
    ...changes.flatMap(stackLines),
    ...unread.map(({ stack, why }) => `- ${code(stack)}: not read, ${code(why)}`),
    ...(reasons.length > 0
      ? ['- why they must not all change now:', ...reasons.map((reason) => `  - ${code(reason)}`)]
      : []),
  ];
  const more = worst.length > AT_ONCE ? [`- and ${worst.length - AT_ONCE} more, below`] : [];
  return [
    ...(worst.length > 0
      ? ['**Replaced or removed by the stacks:**', '', ...worst.slice(0, AT_ONCE), ...more, '']
      : []),
    ...(folded.length > 0
      ? ['<details><summary>What changes in the stacks</summary>', '', ...folded, '', '</details>']
      : []),
  ].join('\n');
}

function stackLines(change: StackChange): string[] {
  const { stack, isNew, resources, besides } = change;
  const named = resources.slice(0, OF_A_STACK);
  const rest = resources.length - named.length;
  const what = [counts([change]), ...(besides.length > 0 ? [besides.join(', ')] : [])];
  return [
    `- ${code(stack)}${isNew ? ' (new)' : ''}: ${what.join('; ')}`,
    ...named.map((resource) => `  - ${resourceLine(resource)}`),
    ...(rest > 0 ? [`  - and ${rest} more`] : []),
  ];
}

function resourceLine({ logicalId, type, fate, by }: ResourceChange): string {
  const said = fate === 'changed' ? fate : `**${fate}**`;
  return `${said}: ${code(logicalId)} (${code(type)})${by.length > 0 ? `, by ${by.map(code).join(', ')}` : ''}`;
}

/** `1 **replaced**, 2 **removed**, 3 changed, 4 added`; of resources there may be none. */
function counts(changes: readonly StackChange[]): string {
  const resources = changes.flatMap((change) => change.resources);
  const are = (...fates: ResourceChange['fate'][]) =>
    resources.filter(({ fate }) => fates.includes(fate)).length;
  const numbers: [number, string][] = [
    [are('replaced', 'may be replaced'), '**replaced**'],
    [are('removed', 'kept, but no longer managed'), '**removed**'],
    [are('changed'), 'changed'],
    [changes.reduce((sum, { added }) => sum + added, 0), 'added'],
  ];
  const some = numbers.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return some.join(', ') || 'no resource';
}

/** Text as it is, on one line, also in a table. */
const code = (text: string) => `\`${text.replaceAll(/[\s`|]+/g, ' ').trim()}\``;
