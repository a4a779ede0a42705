import fc from 'fast-check';
import { createMasks } from './masks.ts';

// A star may stand beside the stars of the mask, and a blank is no secret.
const secret = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() !== '' && !text.includes('*'));

describe('masks', () => {
  it('leave no secret in a text, however secrets lie in it and over each other', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(secret, fc.nat({ max: 3 }))),
        (secrets, parts) => {
          const text = parts
            .map((part) => (typeof part === 'number' ? (secrets[part] ?? '') : part))
            .join('');
          const hidden = createMasks(secrets).hide(text);
          for (const each of secrets) expect(hidden).not.toContain(each);
        },
      ),
    );
  });

  it('leave a text without secrets as it is', () => {
    fc.assert(
      fc.property(secret, fc.string(), (mask, text) => {
        const masks = createMasks([mask]);
        expect(masks.hide(text) === text).toBe(!masks.finds(text));
      }),
    );
  });

  it('hide what overlaps as one', () => {
    expect(createMasks(['abc', 'bcd']).hide('xabcdx')).toBe('x***x');
  });

  it('hide each line of a secret of several', () => {
    const masks = createMasks(['-----BEGIN KEY-----\nMIIEvQIBADANBg\r\n-----END KEY-----\n']);
    expect(masks.hide('it is MIIEvQIBADANBg')).toBe('it is ***');
  });

  it('hide a secret that was encoded', () => {
    const value = 'p4ss"word/&<x>';
    const masks = createMasks([value]);
    for (const shown of [
      JSON.stringify({ value }),
      encodeURIComponent(value),
      ...['', 'a', 'ab'].map((before) => Buffer.from(`${before}${value}`).toString('base64')),
      'p4ss&quot;word/&amp;&lt;x&gt;',
    ]) {
      expect(masks.hide(shown)).toContain('***');
    }
  });

  it('take no blank for a secret', () => {
    expect(createMasks(['', ' ', '\n']).hide('a b\nc')).toBe('a b\nc');
  });
});
