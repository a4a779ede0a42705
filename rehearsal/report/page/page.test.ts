import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { ActReport } from '../json.ts';
import { exampleTraffic, exampleReport as report } from './example-report.ts';
import { renderPage } from './page.ts';

const textOf = (markup: string) => markup.replaceAll(/<[^>]*>/g, '');

const headlineOf = (page: string) =>
  (/<h1.*?<\/h1>/s.exec(page)?.[0] ?? '').replaceAll(/<[^>]*>/g, '').trim();

/** Every text of a report with something behind it, as an action might print it. */
function tainted<T>(value: T, taint: string): T {
  if (typeof value === 'string') return `${value}${taint}` as T;
  if (Array.isArray(value)) return value.map((item) => tainted(item as unknown, taint)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [`${key}`, tainted(item as unknown, taint)]),
  ) as T;
}

/** An act of the example with as much of everything as is asked for. */
function sized(
  index: number,
  { services, lost, runs }: Record<'services' | 'lost' | 'runs', number>,
): ActReport {
  const { acts } = report();
  const act = acts[index % acts.length];
  if (!act) throw new Error('the example has no acts');
  return {
    ...act,
    runs: Array.from({ length: runs }, () => act.runs).flat(),
    releases: act.releases.map(({ cluster, deployments }) => ({
      cluster,
      deployments: Array.from({ length: services }, () => deployments)
        .flat()
        .slice(0, services)
        .map((deployment, number) => ({ ...deployment, service: `service-${number}` })),
    })),
    traffic: exampleTraffic(
      act.startsAt,
      Math.ceil(act.seconds),
      Array.from({ length: lost }, (_, number) => act.startsAt + number / 10),
    ),
  };
}

describe('the report page', () => {
  it('says first whether everything held', () => {
    expect(headlineOf(renderPage(report()))).toBe('✓ Everything held');
    expect(headlineOf(renderPage(report({ held: false })))).toBe('✗ 1 expectation did not hold');
  });

  it('counts one as one, and says in which act requests of users failed, and whether that was to be', () => {
    const figures = (page: string) => textOf(/<dl class="facts">.*?<\/dl>/s.exec(page)?.[0] ?? '');
    expect(figures(renderPage(report()))).toMatch(/person asked1.*failed, in broken2$/);
    const toneOf = (page: string) => /<dt>failed, in broken<\/dt><dd class="(\w+)">/.exec(page)?.[1];
    expect(toneOf(renderPage(report()))).toBe('bad');
    const acts = report().acts.map((act) => ({
      ...act,
      expectations: act.expectations.filter(({ holds }) => holds),
    }));
    expect(toneOf(renderPage(report({ acts })))).toBe('warn');
  });

  it('names the step of a verdict, and says a verdict once', () => {
    const [act] = report().acts;
    const [run] = act?.runs ?? [];
    const [verdict] = run?.verdicts ?? [];
    if (!act || !run || !verdict) throw new Error('the example has a verdict');
    const probe = {
      ...verdict,
      step: 'Judge what users got',
      sentence: 'PASS on production: 0 of 598 requests lost',
      checks: { passed: 0, failed: 0, skipped: 0 },
    };
    const page = renderPage(report({ acts: [{ ...act, runs: [{ ...run, verdicts: [probe] }] }] }));
    const said = textOf(/<ul class="verdicts">.*?<\/li>/s.exec(page)?.[0] ?? '').replaceAll(/\s+/g, ' ');
    expect(said).toMatch(/^✓ pass staging Judge what users got ?0 of 598 requests lost/);
  });

  it('says above everything else what this machine could not show', () => {
    const limit = 'No database was migrated: there is no PostgreSQL.';
    const page = renderPage(report({ notRehearsed: [limit] }));
    expect(/<header class="overview">.*?<dl/s.exec(page)?.[0]).toContain(limit);
  });

  it('tells what did not hold, and where', () => {
    const page = renderPage(report({ held: false }));
    expect(
      page.includes('<a href="#act-2">broken</a>: requests of users lost should be <strong>0</strong>'),
    ).toBe(true);
  });

  it('tells the service, the lifecycle event and the reason of a release that failed', () => {
    const trouble =
      /<div class="trouble"><h4>What stopped it.*?<\/div>/s.exec(renderPage(report()))?.[0] ?? '';
    const text = trouble.replaceAll(/<[^>]*>/g, '');
    expect(text).toContain('search in pika-production failed at Install: HEALTH_CONSTRAINTS');
    expect(text).toContain('exit code 78');
    expect(text).toContain('6 deployments were stopped with it: api-gateway, auth');
  });

  it('says once what failed alike, the conclusion first', () => {
    const [first, second] = report().acts;
    const [run] = second?.runs ?? [];
    if (!first || !second || !run) throw new Error('the example has two acts with runs');
    const denied = (id: string) => ({ level: 'error' as const, message: `deployment d-${id}: denied` });
    const annotations = [
      { level: 'error' as const, title: 'a check', message: 'status is 500' },
      ...['ABCDEF123', 'ZYXWVU987', 'QQQQQQ111'].map(denied),
    ];
    const jobs = run.jobs.map((job) => ({
      ...job,
      jobs: job.jobs.map((called) => ({ ...called, annotations })),
    }));
    const page = renderPage(report({ acts: [{ ...second, runs: [{ ...run, jobs }] }] }));
    expect(textOf(page)).toContain('deployment d-ABCDEF123: denied (and 2 like it)a check: status is 500');
  });

  it('shows the end of the log where a script only failed', () => {
    const [, act] = report().acts;
    const [run] = act?.runs ?? [];
    if (!act || !run) throw new Error('the example has a second act with a run');
    const message = 'Process completed with exit code 1.';
    const lines = [
      ...Array.from({ length: 20 }, (_, index) => `line ${index}.`),
      `error: ${message}`,
      'cleaned up',
    ];
    const failed = { annotations: [{ level: 'error' as const, message }], log: { lines, leftOut: 0 } };
    const jobs = run.jobs.map((job) => ({
      ...job,
      jobs: job.jobs.map((called) => ({ ...called, ...failed })),
    }));
    const page = renderPage(report({ acts: [{ ...act, runs: [{ ...run, jobs }] }] }));
    const trouble = /<div class="trouble"><h4>.*?<\/div>/s.exec(page)?.[0] ?? '';
    expect(textOf(trouble)).toContain(`${message}line 14.\nline 15.\nline 16.\nline 17.\nline 18.\nline 19.`);
    expect(trouble).not.toContain('cleaned up');
  });

  it('puts denied calls to one action together, and roles that nobody took aside', () => {
    const { permissions } = report();
    const denied = permissions.denied.flatMap((call) => [call, { ...call, resource: 'another' }]);
    const roles = [...permissions.roles, { role: 'pika-idle', calls: 0, operations: [], grants: [] }];
    const text = textOf(renderPage(report({ permissions: { ...permissions, denied, roles } })));
    expect(text).toContain('4 calls denied');
    expect(text).toContain('✗ s3:PutObjectpika-buildarn:aws:s3:::pika and 1 other4');
    expect(text).toContain('1 role that nobody tookpika-idle 0 calls');
  });

  it('marks every request that failed', () => {
    // In the whole act and in the close-up of the release, each for wide and for narrow pages.
    expect(renderPage(report()).match(/<g class="lost">/g)).toHaveLength(2 * 2 * 2);
  });

  it('draws reports of any size', () => {
    const size = fc.record({ acts: fc.nat(3), services: fc.nat(9), lost: fc.nat(40), runs: fc.nat(2) });
    fc.assert(
      fc.property(size, ({ acts, ...inside }) => {
        const page = renderPage(
          report({ acts: Array.from({ length: acts }, (_, index) => sized(index, inside)) }),
        );
        const ids = page.match(/ id="[^"]*"/g) ?? [];
        expect(page.match(/<section class="act"/g) ?? []).toHaveLength(acts);
        expect(new Set(ids).size).toBe(ids.length);
        expect(page.match(/NaN|Infinity|undefined|\[object/)).toBeNull();
      }),
      { numRuns: 25 },
    );
  });

  it.each(['<x-evil>', '"><x-evil a="', "'><x-evil>", '</style><x-evil>', '</pre></details><x-evil>'])(
    'escapes every text of a report: %s',
    (taint) => {
      expect(renderPage(tainted(report({ held: false }), taint)).includes('<x-evil')).toBe(false);
    },
  );

  it('asks nothing of any network', () => {
    expect(/(src|href)="https?:|@import|url\(/.test(renderPage(report()))).toBe(false);
  });
});

describe('the colours of the page', () => {
  const css = readFileSync(new URL('style/colours.css', import.meta.url), 'utf8');
  const [light = '', dark = ''] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(([, body]) => body ?? '');

  it.each([
    ['light', light],
    ['dark', dark],
  ])('are legible when it is %s: letters at 4.5 to 1 or better', (_name, body) => {
    const colours = Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const pairs = [
      ...['ground', 'card', 'sunken'].flatMap((on) => ['ink', 'quiet', 'accent'].map((text) => [text, on])),
      ...['good', 'bad', 'warn', 'none'].flatMap((tone) => [
        [tone, `${tone}-soft`],
        [tone, 'card'],
        ['ink', `${tone}-soft`],
        ['quiet', `${tone}-soft`],
      ]),
    ];
    const faint = pairs.filter(([text = '', on = '']) => contrast(colours[text], colours[on]) < 4.5);
    expect(faint).toEqual([]);
  });
});

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one = '#000000', other = '#000000'): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
