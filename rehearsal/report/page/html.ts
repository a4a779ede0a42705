/** Markup that is safe to put into a page. */
export interface Html {
  readonly html: string;
}

/** Tagged template: values are escaped, markup and lists of markup are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const parts = strings.map((part, index) => (index < values.length ? part + render(values[index]) : part));
  return { html: parts.join('') };
}

function render(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  if (typeof value === 'object' && 'html' in value) return String(value.html);
  return escapeHtml(String(value));
}

/** Text for markup and for the values of attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
