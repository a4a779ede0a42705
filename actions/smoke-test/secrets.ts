/** Hides secret values in any text, in each form in which they may appear there. */
export interface Secrets {
  add(value: string): void;
  mask(text: string): string;
}

/** @param announce told of every new secret, so that GitHub masks it in the log, too. */
export function secretKeeper(announce: (value: string) => void = () => undefined): Secrets {
  const forms = new Set<string>();
  return {
    add(value) {
      if (value === '' || forms.has(value)) return;
      announce(value);
      for (const form of formsOf(value)) forms.add(form);
    },
    mask: (text) =>
      [...forms]
        .sort((a, b) => b.length - a.length)
        .reduce((masked, form) => masked.replaceAll(form, '***'), text),
  };
}

function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    Buffer.from(value).toString('base64'),
    value.replaceAll("'", `'\\''`),
  ];
}

/** Masks every text within a value. */
export function maskAll<T>(value: T, secrets: Secrets): T {
  return JSON.parse(secrets.mask(JSON.stringify(value))) as T;
}
