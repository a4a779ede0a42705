import fc from 'fast-check';
import { ExpressionFault, evaluate, evaluateCondition, interpolate, type Scope } from './evaluate.ts';

const scope = (more: Partial<Scope> = {}): Scope => ({
  contexts: {
    github: { ref: 'refs/heads/main', event: { pull_request: null } },
    needs: { a: { result: 'success' } },
  },
  status: { success: true, failure: false, cancelled: false },
  ...more,
});
const failed = { success: false, failure: true, cancelled: false };

describe('an expression', () => {
  it.each([
    ["github.ref == 'refs/heads/main'", true],
    ["needs['a'].result", 'success'],
    ["github.event.pull_request.head || 'none'", 'none'],
    ["format('{0}-{1}', 1, 'b')", '1-b'],
    ["contains(fromJSON('[1,2]'), 2)", true],
    ['toJSON(needs.a)', '{\n  "result": "success"\n}'],
    ["'it''s }} fine'", "it's }} fine"],
  ])('%s is %j', (expression, value) => {
    expect(evaluate(expression, scope())).toEqual(value);
  });

  it('keeps its type when it is the whole value, and becomes text beside other text', () => {
    expect(interpolate('${{ 1 + 0 || 2 }}'.replace('1 + 0 || 2', '3'), scope())).toBe(3);
    expect(interpolate("a ${{ 3 }} b ${{ 'x}}' }}", scope())).toBe('a 3 b x}}');
    expect(interpolate({ k: ['${{ true }}'] }, scope())).toEqual({ k: [true] });
  });

  it('leaves text without expressions as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${{'));
        expect(interpolate(text, scope())).toBe(text);
      }),
    );
  });

  it('is found between whatever stands around it, and whatever stands in its quotes', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((it) => !it.includes('$') && !it.includes('{'));
    const literal = fc.string({ unit: 'grapheme' });
    const parts = fc.array(fc.tuple(text, literal), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, text, (pairs, last) => {
        const written =
          pairs.map(([before, value]) => `${before}\${{ '${value.replaceAll("'", "''")}' }}`).join('') + last;
        expect(interpolate(written, scope())).toBe(pairs.flat().join('') + last);
      }),
    );
  });

  it('fails with its own fault, or has a value, whatever is written', () => {
    const piece = fc.constantFrom(
      "'",
      'github',
      '.ref',
      '(',
      ')',
      '[',
      ']',
      '&&',
      '||',
      '!',
      "'x'",
      '1',
      'contains',
      ',',
      '==',
      '*',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        try {
          evaluateCondition(pieces.join(''), scope());
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionFault);
        }
      }),
    );
  });

  it('names the expression that cannot be evaluated', () => {
    expect(() => evaluate('nothing.here', scope())).toThrow(ExpressionFault);
    expect(() => interpolate('${{ github.ref', scope())).toThrow('the closing }} is missing');
  });
});

describe('a condition', () => {
  it('asks for success first, unless it decides by the status itself', () => {
    expect(evaluateCondition('true', scope({ status: failed }))).toBe(false);
    expect(evaluateCondition('always()', scope({ status: failed }))).toBe(true);
    expect(evaluateCondition("failure() && needs.a.result == 'success'", scope({ status: failed }))).toBe(
      true,
    );
    expect(evaluateCondition("'always()' == 'x' || true", scope({ status: failed }))).toBe(false);
    expect(evaluateCondition('${{ !cancelled() }}', scope({ status: failed }))).toBe(true);
    expect(evaluateCondition(undefined, scope())).toBe(true);
  });
});
