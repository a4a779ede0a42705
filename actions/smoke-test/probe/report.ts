import { percent } from '../report/text.ts';
import type { Report } from '../report/verdict-json.ts';
import { needed } from '../statistics/verdict.ts';
import type { ProbeEnd, ProbeRecord } from './control.ts';
import { judgeProbe } from './judge.ts';

/** Why a probe saw less than it was asked to. */
const SHORT: Readonly<Record<ProbeEnd, readonly string[]>> = {
  stopped: [],
  limit: ['The probe reached its probe-limit before it was stopped; give it more.'],
  killed: ['The probe did not end when it was stopped, and was killed.'],
  died: ['The probe died before it was stopped: nobody knows what users got after its last request.'],
};

/** What a probe says once it has ended, with what it would have had to see where that was too little. */
export function probeReport(
  record: ProbeRecord,
  { on, availability }: { on: Report['on']; availability: number },
): Report {
  const finishedAt = new Date().toISOString();
  const { verdict, probe, refused } = judgeProbe(record, availability);
  const limit = 1 - availability;
  const seen = `${probe.lost} of ${probe.requests} requests lost, at most ${percent(probe.lostAtMost)} (95%), limit ${percent(limit)}`;
  const few = verdict === 'INCONCLUSIVE' && probe.complete ? `; ${sufficient(probe.lost, limit)}` : '';
  return {
    version: 1,
    verdict,
    sentence: `${verdict} on ${on}: ${seen}${few}`,
    mode: 'probe',
    on,
    startedAt: probe.timeline[0]?.at ?? finishedAt,
    finishedAt,
    checks: [],
    probe,
    notes: [
      ...SHORT[record.end],
      ...(refused > 0
        ? [
            `${refused} requests of the probe were answered by a 4xx and not counted: is probe-path right, does a WAF refuse the probe?`,
          ]
        : []),
    ],
  };
}

function sufficient(lost: number, limit: number): string {
  const losses = lost === 0 ? 'without a loss' : 'without another loss';
  return `${needed(limit, lost)} ${losses} would prove it`;
}
