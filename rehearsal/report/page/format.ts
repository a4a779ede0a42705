import type { Conclusion } from '../../github/runner/result.ts';
import type { JobReport } from '../json.ts';
import { type Html, html } from './html.ts';

/** `0.4 s`, `12 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  const tenths = Math.round(seconds * 10) / 10;
  if (tenths < 10) return `${tenths.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** `1:28`, where there is no room for more; below a minute as `duration`. */
export function shortDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return duration(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function dollars(amount: number): string {
  return amount.toLocaleString('en', { style: 'currency', currency: 'USD' });
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** How something ended, told by colour and by a sign that is read without it. */
export type Tone = 'good' | 'bad' | 'warn' | 'none';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', warn: '!', none: '–' };
export const signOf = (tone: Tone): string => SIGNS[tone];

const CONCLUSIONS: Readonly<Record<Conclusion, Tone>> = {
  success: 'good',
  failure: 'bad',
  cancelled: 'warn',
  skipped: 'none',
};
export const toneOf = (conclusion: Conclusion): Tone => CONCLUSIONS[conclusion];

/** A job that failed and may is a warning. */
export const toneOfJob = ({ conclusion, forgiven }: Pick<JobReport, 'conclusion' | 'forgiven'>): Tone =>
  forgiven ? 'warn' : toneOf(conclusion);

/** `pass` of a smoke test, `Succeeded` of a deployment, `warn` of a budget. */
export function toneOfVerdict(verdict: string): Tone {
  if (/^(pass|succeeded)$/i.test(verdict)) return 'good';
  return /^(warn|inconclusive|pending|stopped)$/i.test(verdict) ? 'warn' : 'bad';
}

export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${signOf(tone)}</span> ${text}</span>`;
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(label: string, head: readonly Html[], rows: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A word of SVG text that has to fit. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
