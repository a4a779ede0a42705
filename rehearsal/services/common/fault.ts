/**
 * What can be wrong with a version, asked for by `PIKA_FAULT`:
 * `crash-on-start`, `never-healthy`, `errors[:share]`, `slow[:milliseconds]`, `leak-connections`.
 */
export type Fault =
  | { kind: 'none' | 'crash-on-start' | 'never-healthy' | 'leak-connections' }
  | { kind: 'errors'; fails: () => boolean }
  | { kind: 'slow'; milliseconds: number };

export function parseFault(text: string | undefined): Fault {
  const [kind = '', value] = (text ?? '').split(':');
  switch (kind) {
    case '':
    case 'none':
      return { kind: 'none' };
    case 'crash-on-start':
    case 'never-healthy':
    case 'leak-connections':
      return { kind };
    case 'errors':
      return { kind, fails: everyNth(quantity(value, 1)) };
    case 'slow':
      return { kind, milliseconds: quantity(value, 1000) };
    default:
      throw new Error(
        `PIKA_FAULT=${text}: allowed are crash-on-start, never-healthy, errors[:share], slow[:milliseconds], leak-connections`,
      );
  }
}

/** True for a share of the calls, evenly spread, as one task in four behind a load balancer is: nothing is left to luck. */
function everyNth(share: number): () => boolean {
  let owed = 0;
  return () => {
    owed += share;
    if (owed < 1) return false;
    owed -= 1;
    return true;
  };
}

function quantity(value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value);
  if (!(number >= 0)) throw new Error(`PIKA_FAULT: ${JSON.stringify(value)} is not a number`);
  return number;
}
