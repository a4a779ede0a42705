import { formatFault } from '../common/fault.ts';
import { isMade, type Result } from './result.ts';

/** `3.4 MB`, decimal as ECR's console has it. */
export function bytesText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** `2 built, 5 reused in 1.2 s` */
export function sentence(results: readonly Result[], seconds: number): string {
  const count = (state: Result['state']) => results.filter((result) => result.state === state).length;
  const parts = (['built', 'reused', 'failed'] as const).flatMap((state) =>
    count(state) > 0 ? [`${count(state)} ${state}`] : [],
  );
  return `${parts.join(', ')} in ${seconds.toFixed(1)} s`;
}

/** The job summary, as Markdown. */
export function summaryOf(results: readonly Result[], engine: string | undefined, seconds: number): string {
  const rows = results.map((result) => {
    if (!isMade(result)) return [result.service, '❌ failed', '', '', '', '', formatFault(result.fault)];
    const { service, state, digest, bytes, layers, reasons } = result;
    return [
      service,
      state,
      `\`${digest.slice(7, 19)}\``,
      `${bytesText(bytes)}${comparison(bytes, result.previousBytes)}`,
      layers ? `${layers.reused} of ${layers.total}` : '',
      `${result.seconds.toFixed(1)} s`,
      reasons.join(', '),
    ];
  });
  const head = ['Service', 'Image', 'Digest', 'Size', 'Layers reused', 'Time', 'Why'];
  return [
    `### Images: ${sentence(results, seconds)}${engine ? `, by ${engine}` : ''}`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

function comparison(bytes: number, before: number | undefined): string {
  if (before === undefined || before === bytes) return '';
  return ` (${bytes > before ? '+' : '−'}${bytesText(Math.abs(bytes - before))})`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Text of elsewhere must not break the table or bring markup of its own. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/[\r\n]+/g, '<br>');
}
