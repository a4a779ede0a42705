import fc from 'fast-check';
import type { DeploymentReport } from '../json.ts';
import { stretchesOf } from './lifecycle-lanes.ts';

const NAMES = [
  ...['BeforeInstall', 'Install', 'AfterInstall', 'AllowTestTraffic', 'AfterAllowTestTraffic'],
  ...['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'],
];

const deployment = (more: Partial<DeploymentReport>): DeploymentReport => ({
  deploymentId: 'd-1',
  service: 'search',
  status: 'Succeeded',
  startsAt: 0,
  events: [],
  ...more,
});

/** A deployment that got as far as it got, with waits and events of any length. */
const any = fc
  .record({
    status: fc.constantFrom('Succeeded', 'Failed', 'Stopped', 'InProgress', 'Created'),
    lengths: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: NAMES.length }),
    open: fc.boolean(),
    after: fc.nat(20),
  })
  .map(({ status, lengths, open, after }) => {
    let at = 5;
    const events = lengths.map(([wait, length], index) => {
      const startsAt = at + wait;
      at = startsAt + length;
      const last = index === lengths.length - 1;
      return {
        name: NAMES[index] ?? '',
        status: 'Succeeded',
        startsAt,
        ...(last && open ? {} : { endsAt: at }),
      };
    });
    return deployment({ status, startsAt: 5, events, ...(open ? {} : { endsAt: at + after }) });
  });

describe('a deployment on the axis of time', () => {
  it('is drawn without a gap and without an overlap, from its creation to its end', () => {
    fc.assert(
      fc.property(any, (it) => {
        const stretches = stretchesOf(it, 1000);
        let at = 5;
        for (const { from, to } of stretches) {
          expect(from).toBe(at);
          expect(to).toBeGreaterThanOrEqual(from);
          at = to;
        }
        expect(at).toBe(it.endsAt ?? 1000);
      }),
    );
  });

  it('waits at the ready gate, shifts, and keeps blue', () => {
    const at = (name: string, startsAt: number, endsAt: number) => ({
      name,
      status: 'Succeeded',
      startsAt,
      endsAt,
    });
    const events = [
      at('Install', 0, 10),
      at('AllowTestTraffic', 10, 10),
      at('AfterAllowTestTraffic', 10, 10),
      at('BeforeAllowTraffic', 20, 20),
      at('AllowTraffic', 20, 25),
      at('AfterAllowTraffic', 25, 25),
    ];
    expect(stretchesOf(deployment({ events, endsAt: 40 }), 100)).toEqual([
      { kind: 'install', name: 'Install', from: 0, to: 10 },
      { kind: 'test', name: 'AllowTestTraffic', from: 10, to: 10 },
      { kind: 'ready', name: 'ready, waits', from: 10, to: 20 },
      { kind: 'shift', name: 'AllowTraffic', from: 20, to: 25 },
      { kind: 'bake', name: 'blue is kept', from: 25, to: 40 },
    ]);
  });

  it('tells one that failed from those that were stopped with it', () => {
    const stopped = { status: 'Stopped', endsAt: 9 };
    const kindAt = (more: Partial<DeploymentReport>) => stretchesOf(deployment(more), 100).at(-1)?.kind;
    expect(kindAt({ status: 'Failed', endsAt: 9 })).toBe('failed');
    expect(kindAt({ ...stopped, error: { code: 'ALARM_ACTIVE', message: '' } })).toBe('failed');
    expect(kindAt({ ...stopped, error: { code: 'MANUAL_STOP', message: '' } })).toBe('stopped');
  });
});
