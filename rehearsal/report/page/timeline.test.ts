import fc from 'fast-check';
import { createAxis, ticks } from './timeline.ts';

describe('the axis of time', () => {
  it('keeps the order of moments, and what is outside at its ends', () => {
    const moment = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(moment, moment, moment, moment, fc.boolean(), (from, to, one, other, narrow) => {
        const axis = createAxis(Math.min(from, to), Math.max(from, to), 600, narrow);
        const [left, right] = [axis.x(Math.min(one, other)), axis.x(Math.max(one, other))];
        expect(left).toBeLessThanOrEqual(right);
        for (const x of [left, right]) expect(x >= axis.left && x <= axis.right).toBe(true);
      }),
    );
  });

  it('has a few marks at equal distances, whatever it covers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 80_000, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (seconds, most) => {
          const marks = ticks(seconds, most);
          expect(marks[0]).toBe(0);
          expect(marks.length).toBeLessThanOrEqual(most + 1);
          for (const mark of marks) expect(mark).toBeLessThanOrEqual(seconds);
        },
      ),
    );
  });
});
